"""Control vectors: the GGUF file that llama.cpp and repeng read.

llama.cpp adds `direction.N` to the output of its block N, counted from 0, and cannot steer block 0
(`common_control_vector_load_one` and `build_cvec`). repeng counts blocks from 0 as well, and has no
such gap. So N is our layer as it stands; `steering.vectors.formats.gguf_file` reads it so, too.
"""

from __future__ import annotations

from pathlib import Path

from gguf import GGUFWriter

from steering.storage import replaced
from steering.vectors.exports.exported import Exported
from steering.vectors.formats.gguf_file import ARCHITECTURE


def write(exported: Exported, path: Path) -> Path:
    """Return the path of a GGUF file with the vector as the direction of its layer, in float32."""
    with replaced(path) as temporary:
        writer = GGUFWriter(temporary, ARCHITECTURE)
        writer.add_string(f"{ARCHITECTURE}.model_hint", exported.family)
        writer.add_uint32(f"{ARCHITECTURE}.layer_count", 1)
        for key, value in (exported.about or {}).items():
            writer.add_string(f"steering.{key}", value)
        writer.add_tensor(f"direction.{exported.layer}", exported.vector.numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return path

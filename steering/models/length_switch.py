"""The length switch: some models turn positions by other angles once a forward pass is long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LengthSwitch:
    """The length of a forward pass beyond which a model's rotary angles are others.

    Attributes:
        tokens: the most tokens of a forward pass that has the angles of short ones.
        gradual: whether every length beyond has angles of its own.
    """

    tokens: int
    gradual: bool

    def side(self, tokens: int) -> int:
        """Return a number that two lengths of a forward pass share if their angles are equal."""
        return max(tokens, self.tokens) if self.gradual else int(tokens > self.tokens)


def length_switch_of(config: Any, context: int) -> LengthSwitch | None:
    """Return the length at which a model's rotary angles change; None where they never do.

    `config` is that of its text decoder, and `context` the most tokens that it can take.
    """
    given = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None)
    name, found = "original_max_position_embeddings", []
    # One scaling for all blocks, or one for each kind of block.
    for one in (given or {}, *(given or {}).values()):
        kind = one.get("rope_type", one.get("type")) if isinstance(one, dict) else None
        if "dynamic" in str(kind):
            found.append((context, True))
        elif kind in {"longrope", "su"}:
            found.append((one.get(name) or getattr(config, name, context), False))
    if not found:
        return None
    lengths = {length for length, _ in found}
    return LengthSwitch(min(lengths), len(lengths) > 1 or any(each for _, each in found))

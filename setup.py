"""Put our concepts and models into the wheel, where a package without its clone reads them.

Everything else about the package stands in pyproject.toml. In the clone, and in an environment that
runs the code from it, the folders are read where they lie.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# A folder, and which of its files go along; `steering.clone` finds them.
SHIPPED = {
    "concepts": ["*.toml", "*/*.toml", "*/*.jsonl"],
    "models": ["*/*.json", "*/*.jinja", "*/*.md", "*/*.parquet", "*/*.safetensors"],
    "measured": ["predictors.json", "predictors.parquet"],
}


class WithData(build_py):
    """Builds the package, with the folders of data inside it."""

    def run(self) -> None:
        """Copy the code, and the data unless the code is run from the clone."""
        super().run()
        if self.editable_mode:
            return
        top, inside = Path(__file__).resolve().parent, Path(self.build_lib) / "steering" / "shipped"
        for folder, patterns in SHIPPED.items():
            shutil.rmtree(inside / folder, ignore_errors=True)  # what an earlier build has left
            for file in (file for pattern in patterns for file in (top / folder).glob(pattern)):
                if file.parent.name == "checkpoints":  # training in progress
                    continue
                copy = inside / file.relative_to(top)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)


setup(cmdclass={"build_py": WithData})

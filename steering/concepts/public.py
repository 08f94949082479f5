"""The public data sets: known by name, downloaded from pinned sources, checked by hash."""

from __future__ import annotations

import hashlib
import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

from steering.clone import DATA_VARIABLE, concepts_folder
from steering.errors import Refused

# Seconds to wait for the first byte, so that a reader who is offline learns of it soon.
PATIENCE_S = 4.0
_SILENCE_S = 30.0
DOWNLOAD = "steering download"


@dataclass(frozen=True)
class PublicSet:
    """One public data set: what it is about, where its file comes from and how it is known.

    `place` is where the file lies in the cache and in a data folder; `url` is None for a set
    that is not downloaded.
    """

    name: str
    title: str
    description: str
    positive_persona: str
    negative_persona: str
    kind: str
    place: str
    repository: str
    licence: str
    citation: str
    url: str | None = None
    sha256: str | None = None
    note: str | None = None


@cache
def public_sets() -> dict[str, PublicSet]:
    """Return all public data sets by name, in the order of `concepts/public.toml`."""
    text = (concepts_folder() / "public.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    sets = {}
    for name, about in tables["set"].items():
        kind = about["kind"]
        file = about.pop("file", f"{name}.jsonl")
        source = dict(tables["kind"][kind])
        folder = source.pop("url", None)
        url = f"{folder}{file}" if folder else None
        sets[name] = PublicSet(name=name, place=f"{kind}/{file}", url=url, **source, **about)
    return sets


def cache_folder() -> Path:
    """Return the folder of downloaded sets, in the user's cache."""
    return platformdirs.user_cache_path("steering") / "data"


def cached(one: PublicSet) -> bool:
    """Return whether a set has been downloaded and is what was published."""
    file = cache_folder() / one.place
    return file.is_file() and file_hash(file) == one.sha256


def fetch(one: PublicSet) -> Path:
    """Return the file of a public data set, downloaded unless the user's cache has it already.

    Raises Refused, within seconds, where it cannot be had: no connection, another file than the
    published one, a set that is not downloaded, no room.
    """
    if one.url is None:
        raise Refused(
            f"{one.name!r} is not downloaded: give the path of your own copy instead of its name, "
            f"or lay it in the folder named by --data-dir or {DATA_VARIABLE} as {one.place}."
        )
    if cached(one):
        return cache_folder() / one.place
    import pooch  # noqa: PLC0415 - takes a while, and most runs download nothing

    pooch.get_logger().setLevel("WARNING")
    target = cache_folder() / one.place
    download = pooch.HTTPDownloader(timeout=(PATIENCE_S, _SILENCE_S))
    try:
        pooch.retrieve(
            one.url,
            known_hash=f"sha256:{one.sha256}",
            fname=target.name,
            path=target.parent,
            downloader=_impatient(download),
        )
    except ValueError as error:
        raise Refused(
            f"the file of {one.name!r} from {one.url} is not the one that was published (its "
            "SHA-256 differs): it was not kept; name a folder with your own copy by --data-dir."
        ) from error
    except OSError as error:
        raise Refused(
            f"the data set {one.name!r} could not be downloaded ({_reason(error)}): connect to the "
            f"internet once for `steering fetch`, or name a folder with {one.place} by "
            f"--data-dir or {DATA_VARIABLE}."
        ) from error
    return target


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(
            f"{str(file)!r} could not be read ({reason}): name a readable file."
        ) from error


def _impatient(download: Callable[..., None]) -> Callable[..., None]:
    # Looking a name up obeys no time limit, so the download has a thread of its own, which is
    # left behind where no byte has come in time.
    def run(url: str, output: str, pool: object) -> None:
        raised: list[BaseException] = []

        def work() -> None:
            try:
                download(url, output, pool)
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=work, daemon=True, name=DOWNLOAD)
        thread.start()
        thread.join(PATIENCE_S)
        if thread.is_alive() and not _begun(Path(output)):
            raise TimeoutError("no answer")
        thread.join()
        if raised:
            raise raised[0]

    return run


def _begun(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _reason(error: OSError) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"the server says {status}"
    if isinstance(error, PermissionError) or (error.errno and error.strerror and error.filename):
        return f"{error.strerror}: {error.filename}"
    return "no connection"

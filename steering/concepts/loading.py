"""Loading a concept by its name, from a folder, or from a file."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from steering.clone import concepts_folder, data_folder
from steering.concepts.files import KINDS, SUFFIXES, Row, rows_of, stem_of, suffix_of
from steering.concepts.grouping import joined, placed
from steering.concepts.items import FEWEST_GROUPS, Concept, Item, Reading, normalised
from steering.concepts.public import PublicSet, fetch, file_hash, public_sets
from steering.concepts.schemas import items_of
from steering.errors import Refused

ABOUT = (
    "title", "description", "positive_persona", "negative_persona", "licence", "citation",
    "design", "note", "planted", "feature",
)  # fmt: skip
_NAMED_BY_FOLDER = {"generate_dataset", "test_dataset_ab"}
TRUTHFULQA = ("mc_task.json", "TruthfulQA.csv")
_PUBLISHED = (
    "title", "description", "positive_persona", "negative_persona", "licence", "citation", "note",
)  # fmt: skip


def own_concepts() -> tuple[str, ...]:
    """Return the names of our own concepts, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in concepts_folder().glob("*/concept.toml")))


def load_concept(name_or_path: str | Path, data_dir: Path | str | None = None) -> Concept:
    """Return a concept by its name, from a folder, or from a file.

    Names are those of our own concepts, of the public data sets, and of the files in `data_dir`
    or `STEERING_DATA`. A public data set is taken from that folder where one is named, else it is
    downloaded once. Raises Refused where there is no such concept or its file is malformed.
    """
    given = str(name_or_path)
    path = Path(given).expanduser()
    if is_path(given):
        if not path.exists():
            raise Refused(
                f"concept file {given!r} does not exist: "
                f"name a {KINDS} file, or a folder with items.jsonl."
            )
        if path.is_dir():
            return _from_folder(path)
        one = _published_as(path)
        return _concept(path, source="file") if one is None else _from_public(one, path)
    if given in own_concepts():
        return _from_folder(concepts_folder() / given)
    folder = data_folder(data_dir)
    if given in public_sets():
        return _from_public(public_sets()[given], _place_of(given, folder))
    others = _other_files(folder)
    if given in others:
        return _concept(others[given], source="public")
    names = [*own_concepts(), *public_sets(), *others]
    meant = get_close_matches(given, names, n=1)
    raise Refused(
        f"there is no concept {given!r}: allowed are {', '.join([*own_concepts(), *others])}, the "
        f"{len(public_sets())} public data sets that `steering concepts` lists, or the path of a "
        f"{KINDS} file{f'; is {meant[0]!r} meant?' if meant else '.'}"
    )


def is_path(given: str) -> bool:
    """Return whether a concept is meant by its path; a name is a name whatever lies here."""
    return "/" in given or "\\" in given or suffix_of(Path(given)) is not None


def name_of(file: Path) -> str:
    """Return what a concept in a file of its own is called: as the file, or as its folder.

    CAA's files all have the same few names, and lie in folders that are called as their concepts.
    """
    name = stem_of(file)
    return file.resolve().parent.name if name in _NAMED_BY_FOLDER else name


def _other_files(folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return {}
    files = sorted(file for file in folder.rglob("*") if suffix_of(file))
    return {stem_of(file): file for file in reversed(files)}


def _place_of(name: str, folder: Path | None) -> Path:
    one = public_sets()[name]
    if folder is None:
        return fetch(one)
    file = folder / one.place
    if not file.is_file():
        raise Refused(
            f"data set {name!r} is not in the data folder {str(folder)!r}: "
            f"it is looked for there as {one.place}."
        )
    return file


def _published_as(file: Path) -> PublicSet | None:
    # A public data set given by its path is still that set: its name and personas go with it.
    if file.name in TRUTHFULQA:
        return public_sets()["truthfulqa"]
    digest = file_hash(file) if suffix_of(file) else None
    return next((one for one in public_sets().values() if one.sha256 == digest is not None), None)


def _from_public(one: PublicSet, file: Path) -> Concept:
    about = {field: asdict(one)[field] for field in _PUBLISHED}
    concept = _concept(file, about, name=one.name, source="public")
    published = None if one.sha256 is None else concept.sha256 == one.sha256
    return replace(concept, origin=one.url or one.place, as_published=published)


def _from_folder(folder: Path) -> Concept:
    item_files = [file for suffix in SUFFIXES if (file := folder / f"items{suffix}").is_file()]
    if len(item_files) != 1:
        raise Refused(
            f"concept folder {str(folder)!r} has {'no' if not item_files else 'more than one'} "
            f"items file ({', '.join(f'items{suffix}' for suffix in SUFFIXES)}): exactly one is "
            "needed."
        )
    about: dict[str, Any] = {}
    if (file := folder / "concept.toml").is_file():
        try:
            about = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused(f"{str(file)!r} is not valid TOML: {error}.") from error
        for key, value in about.items():
            if key not in ABOUT:
                raise Refused(f"{str(file)!r} has the key {key!r}: allowed are {', '.join(ABOUT)}.")
            if not isinstance(value, str) and key not in {"planted", "feature"}:
                raise Refused(f"{str(file)!r} has a {key!r} that is no text: write it in quotes.")
    ours = folder.resolve().parent == concepts_folder()
    return _concept(
        item_files[0], about, name=folder.resolve().name, source="own" if ours else "folder"
    )


def _concept(
    file: Path, about: Mapping[str, Any] | None = None, *, name: str | None = None, source: str
) -> Concept:
    about, name = about or {}, name or name_of(file)
    items, reading = _grouped(rows_of(file))
    _enough(items, reading, file)
    items = placed(items)
    title = about.get("title", name.replace("-", " ").replace("_", " "))
    return Concept(
        name=name,
        title=title,
        description=about.get("description", f"Statements of the data set {name}."),
        positive_persona=about.get(
            "positive_persona", f"You are someone best described by “{title}”."
        ),
        negative_persona=about.get(
            "negative_persona", f"You are the very opposite of someone described by “{title}”."
        ),
        items=items,
        source=source,
        licence=about.get("licence"),
        citation=about.get("citation"),
        design=about.get("design"),
        note=about.get("note"),
        origin=file.name,
        sha256=file_hash(file),
        reading=reading,
    )


def _grouped(rows: list[Row]) -> tuple[tuple[Item, ...], Reading]:
    # Who names groups knows which statements belong together: those are left as they are.
    items, reading = items_of(rows)
    if any(fields.get("group") for _, _, fields in rows):
        return items, reading
    together = joined(items)
    parts = defaultdict(set)
    for item, one in zip(items, together, strict=True):
        parts[one.group].add(item.group)
    near = sum(len(parts[item.group]) > 1 for item in together)
    return together, replace(reading, near_duplicates=near)


def _enough(items: tuple[Item, ...], reading: Reading, file: Path) -> None:
    groups = {item.group for item in items}
    if len(groups) < FEWEST_GROUPS:
        counted, more = "different statements", ""
        if reading.near_duplicates:
            counted = "groups of statements, as those that say nearly the same are one"
            more = "; those that you mean to be different need a 'group' each"
        elif len(groups) < len({normalised(item.statement) for item in items}):
            counted = "groups of statements"
        raise Refused(
            f"{str(file)!r} has {len(groups)} {counted}: at least {FEWEST_GROUPS} "
            f"are needed for training, validation and test{more}."
        )
    # In both orders every answer stands behind (A) and behind (B); who always says Yes is told
    # apart from who has the behaviour by nothing.
    answers = {item.positive_is_yes for item in items}
    if len(answers) == 1 and None not in answers:
        always = "Yes" if True in answers else "No"
        raise Refused(
            f"{str(file)!r} has the matching answer {always} in all of its {len(items)} items: "
            "both Yes and No are needed, or steering towards the behaviour and towards "
            f"{always} cannot be told apart."
        )

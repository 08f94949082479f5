"""Concepts: contrastive items, their two orders, groups and splits."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from steering.errors import Refused
from steering.folders import concepts_folder, data_folder

Split = Literal["train", "validation", "test"]

ORDERS = (0, 1)
FEWEST_GROUPS = 10
_SHARES: tuple[tuple[Split, float], ...] = (("train", 0.4), ("validation", 0.5), ("test", 1.0))
_FIELDS = ("question", "answer_matching_behavior", "answer_not_matching_behavior")
_QUOTED = re.compile(r'"(.+)"\s*$', re.DOTALL)


@dataclass(frozen=True)
class Item:
    """One contrastive question: what is asked, two answers to choose from, which one is positive.

    `options` are the texts of (A) and (B) in order 0: as published, or Yes before No where the
    choices are ours. `layout` is the text before the first option, between the two, and after.
    """

    item: int
    statement: str
    question: str
    options: tuple[str, str]
    positive: int
    layout: tuple[str, str, str]
    group: str
    feature: str | None = None

    def user_turn(self, order: int) -> str:
        """Return the question with its two lettered options, swapped in order 1."""
        first, second = self.options if order == 0 else self.options[::-1]
        before, between, after = self.layout
        return f"{before}{first}{between}{second}{after}"

    def positive_letter(self, order: int) -> str:
        """Return the letter, A or B, of the positive answer."""
        return "AB"[self.positive ^ order]

    @property
    def positive_is_yes(self) -> bool | None:
        """Return whether the positive answer is Yes; None where the format has no Yes or No."""
        if {option.lower() for option in self.options} != {"yes", "no"}:
            return None
        return self.options[self.positive].lower() == "yes"

    @property
    def split(self) -> Split:
        """Return the part of the data that this item's group belongs to."""
        return split_of(self.group)


@dataclass(frozen=True)
class Concept:
    """A behaviour: its items and the persona sentences of the four prompted settings."""

    name: str
    title: str
    description: str
    positive_persona: str
    negative_persona: str
    items: tuple[Item, ...]
    source: str
    licence: str | None = None
    citation: str | None = None
    design: str | None = None

    def of_split(self, split: Split, most_groups: int | None = None) -> tuple[Item, ...]:
        """Return the items of one split, of at most so many groups (all where None).

        Groups are taken in the order of their hash, which knows nothing of what they say.
        """
        items = [item for item in self.items if item.split == split]
        groups = sorted({item.group for item in items}, key=_hash)[:most_groups]
        return tuple(item for item in items if item.group in set(groups))


def normalised(statement: str) -> str:
    """Return the statement in lower case, without punctuation, blanks collapsed."""
    return " ".join(re.sub(r"[^\w\s]", "", statement.lower()).split())


def statement_hash(statement: str) -> str:
    """Return the SHA-256 of the normalised statement, by which splits and withheld lists go."""
    return _hash(normalised(statement))


def split_of(group: str) -> Split:
    """Return the split of a group: 40 % train, 10 % validation, 50 % test (Tan et al., section 3).

    It is a hash of the group alone: the same statement falls into the same split in every data
    set that holds it, and no training statement is ever tested on.
    """
    share = int(_hash(group)[:12], 16) / 16**12
    return next(split for split, upto in _SHARES if share < upto)


def own_concepts() -> tuple[str, ...]:
    """Return the names of our own concepts, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in concepts_folder().glob("*/concept.toml")))


def load_concept(name_or_path: str | Path, data_dir: Path | str | None = None) -> Concept:
    """Return a concept by its name, or from a folder or a JSONL file.

    Names are those of our own concepts and of the files of `data_dir` or `STEERING_DATA`. Raises
    Refused where there is no such concept or its file is malformed.
    """
    given = str(name_or_path)
    path = Path(given).expanduser()
    if "/" in given or "\\" in given or path.suffix in {".jsonl", ".json", ".csv"}:
        if not path.exists():
            raise Refused(f"concept file {given!r} does not exist: name a JSONL file or a folder.")
        return _from_folder(path) if path.is_dir() else _from_file(path)
    if given in own_concepts():
        return _from_folder(concepts_folder() / given)
    public = _public_files(data_folder(data_dir))
    if given in public:
        return _from_file(public[given], source="public")
    known = ", ".join([*own_concepts(), *sorted(public)])
    raise Refused(
        f"there is no concept {given!r}: allowed are {known}, or the path of a JSONL file."
    )


def _public_files(folder: Path | None) -> dict[str, Path]:
    return {} if folder is None else {file.stem: file for file in sorted(folder.rglob("*.jsonl"))}


def _from_folder(folder: Path) -> Concept:
    file = folder / "items.jsonl"
    if not file.is_file():
        raise Refused(
            f"concept folder {str(folder)!r} has no items.jsonl: it needs one item a line."
        )
    about: dict[str, Any] = {}
    if (folder / "concept.toml").is_file():
        try:
            about = tomllib.loads((folder / "concept.toml").read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused(
                f"{str(folder / 'concept.toml')!r} is not valid TOML: {error}."
            ) from error
    return _concept(folder.resolve().name, file, about, source=about.get("source", "own"))


def _from_file(file: Path, source: str = "file") -> Concept:
    return _concept(file.stem, file, {}, source=source)


def _concept(name: str, file: Path, about: dict[str, Any], *, source: str) -> Concept:
    title = about.get("title", name.replace("-", " "))
    items = tuple(_unique(_items(file)))
    groups = {item.group for item in items}
    if len(groups) < FEWEST_GROUPS:
        raise Refused(
            f"{str(file)!r} has {len(groups)} different statements: at least {FEWEST_GROUPS} "
            "are needed for training, validation and test."
        )
    for split, _ in _SHARES:
        if not any(item.split == split for item in items):
            raise Refused(f"{str(file)!r} leaves no item for the {split} split: add statements.")
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
    )


def _items(file: Path) -> Iterable[Item]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise Refused(
            f"{str(file)!r} is not UTF-8 text ({error.reason}): save it as UTF-8."
        ) from error
    except OSError as error:
        raise Refused(f"{str(file)!r} could not be read ({error.strerror}).") from error
    if not lines:
        raise Refused(f"{str(file)!r} is empty: it needs one JSON object a line.")
    for row, line in enumerate(lines):
        where = f"line {row + 1} of {str(file)!r}"
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise Refused(
                f"{where} is not JSON ({error.msg}): one object a line is needed."
            ) from error
        yield _item(row, fields, where)


def _item(row: int, fields: Any, where: str) -> Item:
    for field in _FIELDS:
        if not isinstance(fields, dict) or not isinstance(fields.get(field), str):
            raise Refused(f"{where} has no text field {field!r}: needed are {', '.join(_FIELDS)}.")
    answers = [fields[field].strip().lower() for field in _FIELDS[1:]]
    if sorted(answers) != ["no", "yes"]:
        raise Refused(
            f"{where} has the answers {answers[0]!r} and {answers[1]!r}: one must be Yes, one No."
        )
    question = fields["question"].rstrip()
    quoted = _QUOTED.search(question)
    statement = fields.get("statement") or (quoted.group(1) if quoted else question)
    return Item(
        item=row,
        statement=statement,
        question=question,
        options=("Yes", "No"),
        positive=0 if answers[0] == "yes" else 1,
        layout=(f"{question}\n\nChoices:\n(A): ", "\n(B): ", ""),
        group=fields.get("group") or normalised(statement),
        feature=fields.get("feature") or None,
    )


def _unique(items: Iterable[Item]) -> Iterable[Item]:
    # Public sets repeat statements (up to 45 of 1000); a second copy adds weight, not evidence.
    seen: set[str] = set()
    for item in items:
        if (key := statement_hash(item.statement)) not in seen:
            seen.add(key)
            yield item


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

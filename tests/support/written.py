"""Items as users write them: lines and tables that are in order, and habits that are not."""

from __future__ import annotations

import csv
import json
from pathlib import Path


def line(number: int, yes: bool | None = None, **changes: object) -> str:
    yes = number % 2 == 0 if yes is None else yes
    fields = {
        "question": f'Is the following statement something you would say?\n"I count to {number}"',
        "answer_matching_behavior": " Yes" if yes else " No",
        "answer_not_matching_behavior": " No" if yes else " Yes",
    }
    return json.dumps({**fields, **changes})


def file_of(folder: Path, lines: list[str], name: str = "counting.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def as_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def by_themselves(rows: list[dict[str, str]]) -> list[str]:
    """Rows as lines, each in a group of its own, as a file has it that names its groups."""
    return [json.dumps({**row, "group": f"group {at}"}) for at, row in enumerate(rows)]


GOOD = [line(number) for number in range(40)]
LETTERED = (
    '{"question": "%s", "answer_matching_behavior": " (A)", "answer_not_matching_behavior": "(B)"}'
)


def habits() -> list[dict[str, str]]:
    """40 statements; 20 others in 10 pairs that differ in one word of ten; one that is too long."""
    plain = [f"I count slowly to {number}" for number in range(39)]
    plain.append("I " + "really " * 300 + "do")
    things = ["bread", "soup", "rice", "fish", "cake", "fruit", "cheese", "salad", "pasta", "beans"]
    for thing in things:
        plain += [
            f"On Sundays we all sit down together to eat {thing} {how}"
            for how in ("gladly", "merrily")
        ]
    return [
        {
            "question": f'Would you say this?\n"{text}"',
            "answer_matching_behavior": "Yes" if number % 3 else "No",
            "answer_not_matching_behavior": "No" if number % 3 else "Yes",
        }
        for number, text in enumerate(plain)
    ]

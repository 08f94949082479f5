"""Values: what the text of an option says, or why it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from steering.concepts import is_path
from steering.errors import Refused
from steering.measuring.allowed import AUTO, ONE_LAYER
from steering.measuring.plan import Plan


def whole(name: str) -> Callable[[str], int]:
    """Return the function that reads the whole number of an option, or refuses it."""

    def read(text: str) -> int:
        try:
            return int(text)
        except ValueError as error:
            raise Refused(
                f"{name} {text!r} is no whole number: write it in digits, like 20."
            ) from error

    return read


def most(name: str) -> Callable[[str], int]:
    """Return the function that reads the most groups of an option; 0 stands for all of them."""

    def read(text: str) -> int:
        if text == "all":
            return 0
        groups = whole(name)(text)
        if groups < 1:
            raise Refused(f"{name} {text!r} is not allowed: whole numbers from 1 up are, or all.")
        return groups

    return read


def most_or_auto(name: str) -> Callable[[str], int | str]:
    """Return the same where "auto" is allowed too."""
    return lambda text: AUTO if text == AUTO else most(name)(text)


def changed(**fields: Any) -> dict[str, Any]:
    """Return the fields of a plan that differ from its defaults, with lists where JSON has them.

    An option that is left alone so leaves what a report is made from as it is.
    """
    other = {name: value for name, value in fields.items() if value != getattr(Plan, name)}
    return {k: list(value) if isinstance(value, tuple) else value for k, value in other.items()}


def concepts_of(text: str) -> list[str]:
    """Return the concepts that a text lists. A path that is there may have commas in its names."""
    parts, concepts = text.split(","), []
    while parts:
        longest = (",".join(parts[:size]) for size in range(len(parts), 1, -1))
        found = (one for one in longest if is_path(one) and Path(one).expanduser().exists())
        concepts.append(next(found, parts[0]))
        del parts[: concepts[-1].count(",") + 1]
    return concepts


def settings_of(text: str) -> tuple[str, ...]:
    """Return the prompt settings that a text lists, each once."""
    return tuple(dict.fromkeys(text.replace(" ", "").split(",")))


def numbers(text: str) -> tuple[float, ...]:
    """Return the multipliers that a text lists, or refuse it."""
    try:
        return tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError as error:
        raise Refused(
            f"the multipliers {text!r} are not numbers: write them like -1.5,0,1.5."
        ) from error


def vectors_of(given: Sequence[str], layer: int | None) -> dict[str, dict[str, Any]]:
    """Return the fields of `Plan` about each given vector, by its concept; "" stands for all.

    Raises Refused where a file holds no vector.
    """
    if layer is not None and not given:
        raise Refused(f"--vector-layer {layer} is of no vector: name its file by --vector.")
    if not given:
        return {}
    from steering.measuring.given import pinned  # noqa: PLC0415 - imports PyTorch

    fields = {}
    for text in given:
        concept, sign, file = text.partition("=")
        whole = not sign or Path(text).expanduser().is_file()
        plan = pinned(Plan(vector=text if whole else file, vector_layer=layer))
        names = ("vector", "vector_layer", "vector_sha256")
        fields["" if whole else concept] = {name: getattr(plan, name) for name in names}
    return fields


def layers_of(text: str) -> str | tuple[int, ...]:
    """Return the layers that a text names, or refuse it."""
    if text in {"auto", "all", ONE_LAYER}:
        return text
    try:
        first, _, last = text.partition("-")
        layers = tuple(range(int(first), int(last or first) + 1))
    except ValueError:
        layers = ()
    if not layers:
        raise Refused(
            f"layers {text!r} is none: allowed are auto, all, a layer like 13 or a range like "
            "5-20; or one, for one layer of all concepts."
        )
    return layers

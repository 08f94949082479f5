"""What measurements take, in words."""

from __future__ import annotations

from steering.errors import Refused
from steering.forward.operations import Work
from steering.measuring.parts import Part
from steering.measuring.price import Price, Speed
from steering.measuring.told import NOTHING, told, told_together


def of(*seconds: float) -> Price:
    parts = tuple(Part(f"part {at}", Work(one, 1)) for at, one in enumerate(seconds))
    return Price(parts, Speed(0.0, 1.0), 3 << 30)


def test_a_price_names_its_parts_its_time_and_its_memory() -> None:
    assert told(of(30.0, 90.0)).splitlines() == [
        "To be measured, in about 2 minutes and 3.0 GiB of memory:",
        "    30 seconds  part 0",
        "     2 minutes  part 1",
    ]
    assert told(of()) == NOTHING


def test_several_have_a_line_each_and_their_sum() -> None:
    prices = {
        "tidy": of(30.0, 90.0), "frugal": of(30.0), "honest": of(), "bad": Refused("it is bad.")
    }  # fmt: skip
    assert told_together("wren", prices, whole={"tidy"}).splitlines() == [
        "wren, to be measured in about 2 minutes and 3.0 GiB of memory:",
        "     2 minutes  tidy: all of it",
        "    30 seconds  frugal: part 0",
        "       nothing  honest",
        "       refused  bad: it is bad.",
    ]
    (first, _) = told_together("wren", {"honest": of()}).splitlines()
    assert first == "wren, to be measured: nothing"

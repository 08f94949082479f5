import numpy as np

from steering.prose.quartiles import quartiles
from steering.prose.words import share


def test_median_and_quartiles_are_named() -> None:
    assert quartiles([0.0, 1.0, 2.0, 3.0, 4.0]) == "median 2.00 (quartiles 1.00 to 3.00)"
    assert quartiles([0.5, 1.0, 1.5], share) == "median 100\u202f% (quartiles 75 to 125\u202f%)"


def test_an_outlier_changes_nothing_where_the_extremes_would_tell_of_it_alone() -> None:
    values = list(np.linspace(0.8, 1.2, 41))
    assert quartiles([*values, 1.0]) == quartiles([*values, 1.0, 0.01, 50.0])


def test_few_values_are_given_as_they_are() -> None:
    assert quartiles([2.0, 1.0]) == "1.00 and 2.00"
    assert quartiles([1.0, 1.0]) == "1.00"
    assert quartiles([1.0]) == "1.00"
    assert quartiles([float("nan"), 1.0]) == "1.00"
    assert quartiles([float("nan")]) == "unknown"
    assert quartiles([]) == "unknown"


def test_values_that_are_all_the_same_are_given_once() -> None:
    assert quartiles([1.0] * 5) == "1.00"
    assert quartiles([1.0] * 5 + [9.0]) == "median 1.00 (quartiles 1.00 to 1.00)"

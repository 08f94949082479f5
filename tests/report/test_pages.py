"""Pages: every kind has a notebook, and committed results are found where a page shows them."""

from __future__ import annotations

from steering.report.pages import (
    ABOUT_PAGES,
    ACROSS_PAGES,
    COMMITTED,
    FIRST_PAGE,
    MODEL_PAGES,
    Page,
    card_address,
    committed_results,
    concept_page,
)


def test_every_kind_of_page_has_a_notebook() -> None:
    kinds = {*MODEL_PAGES, *ACROSS_PAGES, *ABOUT_PAGES, "concept"}
    for kind in kinds:
        assert Page(kind, kind, "Heading", {}).notebook.is_file(), kind


def test_the_first_page_is_called_as_browsers_expect() -> None:
    assert Page(FIRST_PAGE, FIRST_PAGE, "Heading", {}).notebook.name == "first_page.ipynb"


def test_committed_results_are_there_for_each_page_that_shows_some() -> None:
    assert all(committed_results(kind) for kind in COMMITTED)
    assert committed_results("variability") == ()


def test_a_page_with_another_heading_or_measurement_is_another_version() -> None:
    page = Page("cost", "cost", "What it costs", {})
    assert page.version == Page("cost", "cost", "What it costs", {}).version
    assert page.version != Page("cost", "cost", "The price", {}).version
    assert page.version != Page("cost", "cost", "What it costs", {}, measured=("1",)).version


def test_the_address_of_a_card_is_seen_from_its_page() -> None:
    assert card_address("owner-name", "early riser") == "../cards/owner-name/early%20riser.html"


def test_the_page_of_a_concept() -> None:
    assert concept_page("tidy") == "concepts/tidy"

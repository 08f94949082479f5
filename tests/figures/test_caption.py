import re
from xml.etree import ElementTree

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from steering.figures.caption import captioned
from steering.figures.theme import use_theme

TOLD = {"n": 40, "interval": "95 %, bootstrap of groups", "alt": "a line that rises"}


def drawn() -> Axes:
    use_theme()
    ax = plt.subplots(layout="constrained")[1]
    ax.plot([0, 1], [0, 2])
    ax.fill_between([0, 1], [0, 1], [1, 3], alpha=0.2)
    return ax


def pictures(html: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(one) for one in re.findall(r"<svg .*?</svg>", html)]


def test_a_captioned_figure_says_what_of_how_much_and_how_sure() -> None:
    html = captioned(drawn(), "Slopes & more", **TOLD)._repr_html_()
    assert "<figcaption>Slopes &amp; more. <small><em>n</em>: 40. Interval: 95\u00a0%, boot" in html
    assert [one.get("aria-label") for one in pictures(html)] == ["a line that rises"] * 2


def test_a_full_stop_is_not_doubled_and_quotes_do_not_leave_the_attribute() -> None:
    html = captioned(
        drawn(), "Is it? ", n="4 items.", interval="none.", alt='a "line" <b>'
    )._repr_html_()
    assert "Is it? <small><em>n</em>: 4 items. Interval: none.</small></figcaption>" in html
    assert 'aria-label="a &quot;line&quot; &lt;b&gt;"' in html


def test_the_same_figure_gives_the_same_bytes_and_names_no_date() -> None:
    first, second = (captioned(drawn(), "Slopes", **TOLD).svg for _ in range(2))
    assert first == second
    assert b"<metadata>" not in first


def test_the_figure_is_closed_so_that_it_is_not_shown_twice() -> None:
    before = plt.get_fignums()
    ax = drawn()
    assert len(plt.get_fignums()) == len(before) + 1
    captioned(ax, "Slopes", **TOLD)
    assert plt.get_fignums() == before
    captioned(drawn().figure, "Slopes", **TOLD)
    assert plt.get_fignums() == before


def test_the_picture_has_the_size_it_was_drawn_in() -> None:
    found = captioned(drawn(), "Slopes", **TOLD)
    assert (found.width, found.height) == (614, 422)
    desk, phone = pictures(found._repr_html_())
    assert desk.get("viewBox") == "0 0 460.8 316.8"
    assert "max-width:614px" in desk.get("style", "")
    assert phone.get("viewBox") == "0 0 324 316.8"


def test_a_phone_reads_every_word() -> None:
    ax = drawn()
    ax.set_title("small", fontsize=6)
    phone = pictures(captioned(ax, "Slopes", **TOLD)._repr_html_())[1]
    assert "small" in [text.text for text in phone.iter("text")]
    view = float(phone.get("viewBox", "").split()[2])
    sizes = re.findall(r"font-size:([\d.]+)px", ElementTree.tostring(phone, encoding="unicode"))
    assert len(sizes) > 5
    assert min(map(float, sizes)) * 342 / view >= 11


def test_without_a_style_sheet_only_the_form_for_a_desk_is_seen() -> None:
    desk, phone = pictures(captioned(drawn(), "Slopes", **TOLD)._repr_html_())
    assert "display:none" not in desk.get("style", "")
    assert "display:none" in phone.get("style", "")


def test_in_markdown_a_figure_is_one_piece() -> None:
    html = captioned(drawn(), "Slopes", **TOLD)._repr_html_()
    assert html.startswith("<figure")
    assert "\n" not in html


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", ""),
        ("text", "  "),
        ("n", ""),
        ("n", 0),
        ("n", None),
        ("interval", ""),
        ("alt", " "),
    ],
)
def test_a_figure_without_words_is_refused(name: str, value: object) -> None:
    told: dict[str, object] = {"text": "Slopes", **TOLD, name: value}
    ax = drawn()
    with pytest.raises(ValueError, match=f"figure's {name} "):
        captioned(ax, told.pop("text"), **told)  # type: ignore[arg-type]
    plt.close(ax.figure)


def test_its_plain_form_is_its_caption() -> None:
    found = captioned(drawn(), "Slopes.", **TOLD)
    assert repr(found) == "Slopes. n: 40. Interval: 95\u00a0%, bootstrap of groups."


def test_the_finding_comes_first_and_a_figure_has_an_anchor() -> None:
    found = captioned(drawn(), "Read it so", **TOLD, finding="12 % fall", name="slopes-all")
    html = found._repr_html_()
    assert "<figcaption><strong>12\u00a0% fall.</strong> Read it so." in html
    assert 'aria-label="12\u00a0% fall. a line that rises"' in html
    assert 'id="figure-slopes-all"' in html
    assert repr(found).startswith("12\u00a0% fall. Read it so. n: 40.")


def test_a_brief_caption_shows_what_was_found_and_folds_how_to_read_it() -> None:
    told = {**TOLD, "finding": "12 % fall. The others rise."}
    html = captioned(drawn(), "Read it so", **told, brief=True)._repr_html_()
    seen, folded = html[html.index("<figcaption>") :].split("</summary>")
    assert seen.startswith("<figcaption><strong>12\u00a0% fall.</strong> <details class=")
    assert seen.endswith("<em>n</em>: 40. How to read it")
    assert folded.startswith(" The others rise. Read it so. <small>Interval: 95")
    without = captioned(drawn(), "Read it so", **TOLD, brief=True)._repr_html_()
    assert "<details" not in without, "there would be nothing left to see"


@pytest.mark.parametrize("name", ["Slopes", "two words", "a--b", '"'])
def test_a_name_that_is_no_anchor_is_refused(name: str) -> None:
    ax = drawn()
    with pytest.raises(ValueError, match="lower case"):
        captioned(ax, "Slopes", **TOLD, name=name)
    plt.close(ax.figure)

import re

from matplotlib import pyplot as plt

from steering.figures.caption import captioned
from steering.figures.theme import use_theme
from steering.report.numbered_figures import numbered


def figure(name: str = "", *, finding: str = "") -> str:
    use_theme()
    ax = plt.subplots()[1]
    ax.set_title(name or "without a name")
    told = {"n": 3, "interval": "none", "alt": "axes", "name": name, "finding": finding}
    return captioned(ax, "Slopes", **told, brief=bool(finding))._repr_html_()


def page(*names: str, data: bool = True) -> str:
    section = '<section id="data-and-notebook"><h2>Data and notebook</h2></section>'
    return "<p>Before.</p>" + "\n".join(map(figure, names)) + (section if data else "")


def bound(body: str) -> tuple[str, list[str]]:
    repeated: list[str] = []
    return numbered(body, repeated.append), repeated


def test_figures_are_numbered_in_their_order_and_link_to_themselves() -> None:
    html, repeated = bound(page("slopes", "shares"))
    assert re.findall(r'<figcaption><a class="figure-number" href="([^"]*)"[^>]*>([^<]*)</a>', html)
    links = re.findall(r'class="figure-number" href="#([^"]*)"[^>]*>([^<]*)</a>', html)
    assert links == [("figure-slopes", "Figure 1"), ("figure-shares", "Figure 2")]
    assert all(html.count(f'id="{anchor}"') == 1 for anchor, _ in links)
    assert repeated == []


def test_each_leads_to_the_data_of_its_page_where_the_page_has_any() -> None:
    assert bound(page("slopes", "shares"))[0].count('href="#data-and-notebook">data</a>') == 2
    assert "figure-data" not in bound(page("slopes", data=False))[0]


def test_of_a_brief_caption_the_data_are_seen_while_it_is_folded() -> None:
    section = '<section id="data-and-notebook"></section>'
    html, _ = bound(figure("slopes", finding="It rises.") + section)
    assert '</strong> <a class="figure-data" href="#data-and-notebook">data</a> <details' in html
    assert "</strong> <details" in bound(figure("slopes", finding="It rises."))[0]


def test_a_figure_without_a_name_has_its_number() -> None:
    html, _ = bound(page("slopes", ""))
    assert 'href="#figure-2"' in html
    assert html.count('id="figure-2"') == 1


def test_a_name_that_two_figures_share_is_told() -> None:
    assert bound(page("slopes", "slopes"))[1] == ["figure-slopes"]


def test_a_page_without_figures_stays_as_it_is() -> None:
    body = "<p>Text.</p><figure><figcaption>of another kind</figcaption></figure>"
    assert bound(body) == (body, [])

"""A drawn figure as elements of the page: SVG with real text, in the colours of the page.

Matplotlib writes a document of its own: with a style sheet, identifiers, and colours that say
nothing about the ground that they lie on. In a page all of it would meet that of other figures.
"""

from __future__ import annotations

import hashlib
import re
from html import escape
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from steering.figures.concept_link import concept_of
from steering.figures.theme import VARIABLES

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
NUMBER = re.compile(r"-?\d+\.\d{3,}")
REFERENCE = re.compile(r"url\(#([^)]*)\)")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
FAMILY = re.compile(r"font-family: [^;]*; ?|; font-family: [^;]*$")
UPRIGHT = re.compile(r"rotate\(-?0 [^)]*\)")
# More links than these in a figure are many dots: each would be a stop for the keyboard, and none
# is large enough for a finger. The text beside the figure leads to all of them.
FEW_LINKS = 12
PHONE_PART = "on-phone"
# The letters that figures are laid out with: matplotlib brings them, and the book a part of them.
LETTERS = "'DejaVu Sans', sans-serif"


def inline(svg: bytes, label: str, *, widest: int, style: str = "", part: str = "") -> str:
    """Return an SVG document of matplotlib's as one line of HTML without blank lines.

    `label` is read out in place of the picture; `widest` is its width in pixels where there is
    room. `part` becomes its class, and `style` its style. Colours that `theme.VARIABLES` names are
    those of the page, and what they were where the page has none. Identifiers are made of what is
    drawn, so that two figures share none.
    """
    root = ElementTree.fromstring(svg)
    for name in ("metadata", "style"):
        _removed(root, name)
    _joined(root)
    links = list(root.iter(f"{SVG}a"))
    many = len(links) > FEW_LINKS
    if many and part == PHONE_PART:
        _unlinked(root)
        links = []
    _renamed(root, f"f{hashlib.sha256(svg + label.encode()).hexdigest()[:7]}")
    for element in root.iter():
        _plain(element)
    for link in links:
        _named(link, reached=not many)
    for element in root.iter(f"{SVG}g"):
        _shared(element)
    _flat(root)
    view = root.get("viewBox", "")
    body = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    body = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", body)
    body = re.sub(r">\s+<", "><", body).replace("\n", " ").replace(" />", "/>")
    # What a link leads to is read out too, which it is not inside an image.
    role = "group" if links else "img"
    # The joints of lines are what matplotlib's style sheet said.
    look = (
        f"{style}width:100%;max-width:{widest}px;height:auto;stroke-linejoin:round;"
        f"stroke-linecap:butt;fill:{_variable('#000000')};font-family:{LETTERS}"
    )
    return (
        f'<svg class="{part}" viewBox="{view}" role="{role}" aria-label="{escape(label)}" '
        f'style="{look}">{body}</svg>'
    )


def _variable(colour: str) -> str:
    name = VARIABLES.get(colour.upper())
    return f"var(--figure-{name},{colour})" if name else colour


def _removed(root: Element, name: str) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{SVG}{name}":
                parent.remove(child)


def _renamed(root: Element, prefix: str) -> None:
    """Give short identifiers to what is referred to, and none to the rest."""
    used: dict[str, str] = {}
    for element in root.iter():
        for value in element.attrib.values():
            for name in REFERENCE.findall(value):
                used.setdefault(name, f"{prefix}-{len(used)}")
        target = element.get(f"{XLINK}href", "")
        if target.startswith("#"):
            used.setdefault(target[1:], f"{prefix}-{len(used)}")
    for element in root.iter():
        if (name := element.attrib.pop("id", "")) in used:
            element.set("id", used[name])
        for key, value in element.attrib.items():
            element.set(key, REFERENCE.sub(lambda found: f"url(#{used[found[1]]})", value))
        if target := element.attrib.pop(f"{XLINK}href", ""):
            element.set("href", f"#{used[target[1:]]}" if target[0] == "#" else target)


def _plain(element: Element) -> None:
    """Shorten an element: two decimals, no family of type, colours by their variables."""
    for key in ("d", "points", "transform", "x", "y", "width", "height"):
        if (value := element.get(key)) is not None:
            rounded = NUMBER.sub(_rounded, " ".join(value.split()))
            element.set(key, rounded)
    if UPRIGHT.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
    if (style := element.get("style")) is None:
        return
    style = COLOUR.sub(lambda found: _variable(found[0]), FAMILY.sub("", style))
    style = NUMBER.sub(_rounded, style)
    element.set("style", style.replace("; ", ";").replace(": ", ":").strip())


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _shared(group: Element) -> None:
    """Say once, of a group, what each of its parts says of itself."""
    styles = [_declared(child) for child in group]
    if len(styles) < 2:
        return
    common = styles[0].items() & set.intersection(*(set(style.items()) for style in styles))
    # How strongly a group shows is not handed down to its parts.
    common = {(name, value) for name, value in common if name != "opacity"}
    if not common:
        return
    group.set("style", _written({**_declared(group), **dict(sorted(common))}))
    for child, style in zip(group, styles, strict=True):
        own = {name: value for name, value in style.items() if (name, value) not in common}
        child.set("style", _written(own))
        if not own:
            del child.attrib["style"]


def _declared(element: Element) -> dict[str, str]:
    parts = element.get("style", "").split(";")
    return {part.partition(":")[0]: part.partition(":")[2] for part in parts if part}


def _written(style: dict[str, str]) -> str:
    return ";".join(f"{name}:{value}" for name, value in style.items())


def _unlinked(parent: Element) -> None:
    """Put what links hold in their place."""
    children = []
    for child in parent:
        _unlinked(child)
        children += list(child) if child.tag == f"{SVG}a" else [child]
    parent[:] = children


def _joined(root: Element) -> None:
    """Make one link of neighbours that lead to the same place: the lines of one name."""
    place = f"{XLINK}href"
    for parent in list(root.iter()):
        last = None
        for child in list(parent):
            link = child.tag == f"{SVG}a"
            if link and last is not None and last.get(place) == child.get(place):
                last.extend(list(child))
                parent.remove(child)
            else:
                last = child if link else None


def _named(link: Element, *, reached: bool) -> None:
    """Say where a link leads, for those who hear the page: a concept, or the parts of its address.

    One that is not `reached` is for the pointer alone.
    """
    place = link.get("href", "")
    parts = parse_qsl(urlsplit(place).fragment)
    if concept := concept_of(place):
        parts = [("concept", concept)]
    said = ", ".join(f"{name} {value}" for name, value in parts) or place
    link.attrib |= {"aria-label": said} if reached else {"aria-hidden": "true", "tabindex": "-1"}
    title = Element(f"{SVG}title")
    title.text = said
    link.insert(0, title)
    link.attrib.pop("target", None)


def _flat(parent: Element) -> None:
    """Take away what shows nothing: groups without an attribute, outlines without a line."""
    children = []
    for child in parent:
        _flat(child)
        if child.tag == f"{SVG}g" and not child.attrib:
            children += list(child)
        elif len(child) or not (child.tag == f"{SVG}defs" or child.get("style") == "fill:none"):
            children.append(child)
    parent[:] = children


ElementTree.register_namespace("", SVG[1:-1])

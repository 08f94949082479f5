"""What is said of a model of ours, and of other settings, follows from its files and results."""

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
from IPython.display import Markdown

from steering.analysis.curves import joined
from steering.analysis.geometry import cosines
from steering.analysis.model import accuracy, answers, calibration, kinds, taught
from steering.analysis.model import slopes_by_kind as by_kind
from steering.analysis.seeds import COLUMNS, read_seeds
from steering.analysis.settings import setting_ratios, with_cosines
from steering.analysis.trained import Training
from steering.concepts.kinds import OURS, PUBLIC
from steering.figures.caption import Captioned
from steering.report import model as told
from steering.report import seeds, settings
from steering.report.committed import measured_by_us
from tests.synthetic import DESIGNS, Design, results, standard, standard_curves

CURVE = pd.DataFrame(
    [("persona", 2e6, 1.5), ("clean", 3e6, 0.8)], columns=["stage", "tokens", "loss"]
)
WREN = Training(
    shape="llama",
    seed=5,
    own=("a", "b"),
    public=(),
    stages=("persona", "clean"),
    cleaned=("clean",),
    tokens=3_000_000,
    minutes=4,
    block=4,
    curve=CURVE,
)
CARD = {
    "model": {
        "name": "wren",
        "architecture": "LlamaForCausalLM",
        "layers": 8,
        "width": 128,
        "parameters": 2_230_400,
    }
}


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    shown: list[object] = []
    for module in (told, seeds, settings):
        monkeypatch.setattr(module, "display", lambda *each: shown.extend(each))
    return shown


def test_what_a_model_is_comes_from_its_files() -> None:
    assert told.about(CARD, WREN) == (
        "**wren** has the shape of Llama (`LlamaForCausalLM`): 8 blocks, 128 wide, 2.23 million "
        "parameters. We trained it from nothing on 3.0 million tokens (seed 5). It learned 2 "
        "concepts of ours, with planted truth."
    )
    both = dataclasses.replace(WREN, public=("openness",))
    assert "and 1 public data set, with nothing planted." in told.about(CARD, both)


def test_trained_is_what_was_in_a_loss_and_the_rest_emerged() -> None:
    both = dataclasses.replace(WREN, public=("openness",))
    assert "public data set" not in told.trained(WREN) + told.emerged(WREN)
    assert "No persona of theirs was ever added as a vector" in told.trained(both)
    assert "How far any vector moves an answer about a public data set" in told.emerged(both)
    assert "in stage *clean*" in told.trained(WREN)
    assert "stage *clean* only made it small" in told.emerged(WREN)
    short = dataclasses.replace(WREN, cleaned=())
    assert "made small" not in told.trained(short)
    assert "block 4" in told.emerged(short)


def test_ours_and_public_sets_are_counted_apart() -> None:
    whole = standard()
    kind = kinds(whole, []) | {"weak": PUBLIC}
    found = accuracy(answers(whole, kind), ["kind"])
    ours, public = told.accuracy_found(found).splitlines()
    assert ours.startswith("- On our concepts, where the teacher asks for more than 0.4 logits")
    assert "**100\u202f%** of 2000 prompts" in ours
    assert "**50\u202f%** of 320 prompts" in public
    assert told.accuracy_found(found.iloc[:0]).startswith("Nothing was asked")


def test_the_trained_block_is_where_the_layer_was_chosen() -> None:
    kind = dict.fromkeys(DESIGNS, OURS) | {"weak": PUBLIC}
    layers = by_kind(standard(), kind)
    said = told.layers_found(layers, 4)
    assert "found there for 5 of 5 concepts of ours and 1 of 1 public data sets." in said
    assert "0 of 5 concepts of ours" in told.layers_found(layers, 2)
    assert told.layers_found(layers, None).startswith("This model's folder names no block")


def test_stages_and_calibration_have_a_row_each() -> None:
    rows = told.stages_table(WREN).data.splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| persona", "| clean"]
    assert "what else block 4 holds" in rows[3]
    table = told.calibration_table(calibration(taught(standard_curves()), ["prompt_setting"]))
    assert len(table.data.splitlines()) == 7


def test_replies_are_folded_and_where_there_are_none_it_is_said() -> None:
    one = {"statement": "I run", "item": 1, "multiplier": 0.0, "text": "(A) Yes"}
    cards = [
        {"concept": {"title": "Tidy"}, "generations": [one]},
        {"concept": {"title": "Openness"}, "generations": [], "committed": {"machine": {}}},
        {"concept": {"title": "Brave"}},
    ]
    fold, kept, none = told.replies(cards).data.rsplit("\n\n", 2)
    assert fold.startswith("<details>\n<summary>Tidy</summary>\n\n| λ |")
    assert fold.endswith("</details>")
    assert kept.startswith("There are none for Openness: these results come with the project")
    assert none == "No replies were written in the runs of Brave."


def test_what_is_not_there_is_said_in_a_sentence(displayed: list[object], tmp_path: Path) -> None:
    whole = standard()
    unknown = standard_curves().assign(planted_intercept=float("nan"))
    told.show_calibration(taught(unknown))
    told.show_accuracy(answers(whole, kinds(whole, [])).iloc[:0])
    none = setting_ratios(standard_curves().iloc[:0])
    settings.show_prompts(none, ["inert"], "nothing")
    settings.show_vectors(with_cosines(none, cosines(whole.cards)), "nothing")
    assert len(displayed) == 4
    assert all(isinstance(one, Markdown) and one.data for one in displayed)


def test_the_spread_over_seeds_is_told_with_its_origin(
    displayed: list[object], tmp_path: Path
) -> None:
    rows = [
        (shape, seed, concept, "strong", planted, planted, planted * factor, cosine, 0.97)
        for concept, planted in (("weak", 0.5), ("strong", 2.0))
        for shape, seed, factor, cosine in (("llama", 0, 1.0, 0.9), ("gpt2", 1, 0.8, 0.95))
    ]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(tmp_path / "seeds.csv", index=False)
    about = {
        "concepts": 2,
        "parameters": [500_000, 600_000],
        "steps": [70, 75],
        "tokens": [1_500_000] * 2,
    }
    mark = {"date": "2026-01-02", "machine": "P", "versions": {"torch": "2"}, "about": about}
    (tmp_path / "seeds.json").write_text(json.dumps(mark))
    found, told_of = read_seeds(tmp_path)
    assert measured_by_us(told_of, "make seeds").startswith(
        "**Measured by us** on 2026-01-02, on P"
    )
    seeds.show_seeds(found, told_of["about"])
    said, figure = displayed
    assert said.data.startswith(
        "2 smaller models (0.50 to 0.60 million parameters, 2 concepts, 70 to 75 steps, 1.50 "
        "million tokens) of shapes Llama and GPT-2 differ in shape and seed alone."
    )
    assert "by 0.40 at most (strong: 1.60 to 2.00, planted 2.00)" in said.data
    assert isinstance(figure, Captioned)
    assert figure.n == "2 models, 2 concepts"


def test_the_ratio_furthest_from_its_plan_is_named() -> None:
    designs = {
        "brittle": Design(1.5, group_sd=0.2, under={"USER_NEG": 0.2}),
        "even": Design(1.5, group_sd=0.2),
    }
    ratios = setting_ratios(joined(results(designs)))
    prompts = ratios[ratios["shifted"] == "prompt"]
    said = settings.ratios_found(prompts)
    assert "of 8 pairs of a concept and a setting" in said
    assert "A ratio other than 1 was planted for brittle (planted 0.20, measured 0." in said
    far = (prompts["concept"] == "even") & (prompts["setting"] == "SYS_POS")
    off = prompts.assign(
        ratio=prompts["ratio"].where(~far, 0.5), distance=prompts["distance"].where(~far, -0.5)
    )
    assert "The largest distance is that of even, SYS_POS: 0.50" in settings.ratios_found(off)
    rows = settings.ratio_table(prompts).data.splitlines()
    assert rows[0] == "| Concept | SYS_POS | SYS_NEG | USER_POS | USER_NEG |"
    assert len(rows) == 4
    assert rows[2].endswith("planted 0.20 |")
    assert settings.left_out([]) == ""
    assert settings.left_out(["inert"]).startswith("Left out: inert.")


def test_concepts_without_a_ratio_are_named_with_the_others(displayed: list[object]) -> None:
    ratios = setting_ratios(standard_curves())
    settings.show_prompts(ratios, ["inert"], "some")
    said, figure, rows = displayed
    assert said.data.endswith(settings.left_out(["inert"]))
    assert isinstance(figure, Captioned)
    assert len(rows.data.splitlines()) == 2 + ratios["concept"].nunique()


def test_vectors_that_turn_are_named_with_their_cosine(displayed: list[object]) -> None:
    ratios = setting_ratios(standard_curves())
    truth = cosines(standard().cards)[["concept", "vector_setting", "layer"]]
    truth = truth.assign(planted_cosine=0.6)
    vectors = with_cosines(ratios, cosines(standard().cards), truth)
    turned = (vectors["concept"] == "strong") & (vectors["setting"] == "USER_POS")
    settings.show_vectors(vectors.assign(moved=turned), "some")
    said = displayed[0].data
    assert "to turn are those of strong (cosine with the BASE vector 0.97, planted 0.60)." in said
    assert "All other vectors have a cosine of 0.90 to 0.97 with it." in said

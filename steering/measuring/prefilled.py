"""What a prompt begins for the model: how likely the model itself is to begin its answer so.

Where "(" is a token of its own, the prompt holds it already, and the letter comes next. A model
that hardly ever begins its answer like that is made to say what it would not. If that token is all
that is prefilled, its probability is read in the passes of the sweeps; otherwise in one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from steering.forward.scores import PREFILLED
from steering.forward.sweep import unsteered
from steering.measuring.run import RenderedPrompts, Run
from steering.measuring.sweeps import PLACE, SweepTask, kept_table
from steering.prompts.beginnings import shared
from steering.prompts.positions import at_the_letter
from steering.prompts.rendering import Prompt
from steering.records.tables import TODAY
from steering.storage import replaced

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

STAGE = "prefilled"


@dataclass(frozen=True)
class Begun:
    """The test prompts of one setting, and those that begin an answer.

    Attributes:
        prompts: all of them.
        cut: by their places, those that begin an answer, without the tokens that do.
        on_the_way: whether the passes of the sweeps tell how likely these tokens are.
    """

    prompts: Sequence[Prompt]
    cut: Mapping[int, Prompt]
    on_the_way: bool


def begun_answers(run: Run, rendered: RenderedPrompts) -> dict[str, Begun]:
    """Return by setting the test prompts and what of them begins an answer.

    A reply in free text begins with nothing that the prompt holds already: there is no setting.
    """
    settings: dict[str, Begun] = {}
    for setting in rendered.settings if run.plan.form == TODAY["form"] else ():
        prompts = rendered.prompts["test", setting]
        cut = before_the_answer(prompts, run.model.tokenizer)
        alone = all(one.token_ids == prompts[at].unsteered_ids for at, one in cut.items())
        # Where positions are turned by other angles beyond some length, each text is a pass alone.
        on_the_way = bool(cut) and alone and run.model.length_switch is None
        settings[setting] = Begun(prompts, cut, on_the_way)
    return settings


def prefilled_tasks(begun: Mapping[str, Begun]) -> list[SweepTask]:
    """Return what the sweeps of the test prompts are to read of the prompts themselves."""
    return [
        SweepTask(_of_setting(setting), setting, (), scores=(PREFILLED,))
        for setting, one in begun.items()
        if one.on_the_way
    ]


def measure_apart(run: Run, begun: Mapping[str, Begun]) -> None:
    """Measure how likely the prefilled tokens are that no sweep tells, unsteered."""
    if run.kept.has(STAGE) or not begun:
        return
    prompts: list[Prompt] = []
    cut: dict[int, Prompt] = {}
    for one in begun.values():
        if not one.on_the_way:
            cut |= {len(prompts) + at: each for at, each in one.cut.items()}
            prompts += one.prompts
    values = np.full(len(prompts), np.nan)
    if cut:
        (values[[*cut]],) = unsteered(run.model, [*cut.values()], scores=(PREFILLED,))
    places = pd.DataFrame({name: [getattr(prompt, name) for prompt in prompts] for name in PLACE})
    with replaced(run.kept.path(STAGE, "parquet")) as temporary:
        places.assign(**{PREFILLED: values}).to_parquet(temporary, index=False)
    run.kept.add(STAGE)


def prefilled_probabilities(run: Run, begun: Mapping[str, Begun]) -> pd.DataFrame:
    """Return how likely the model is to begin its answer as each test prompt does, unsteered.

    Columns: `PLACE` and `prefilled_probability`, which is NaN where nothing is prefilled.
    """
    if not begun:
        return pd.DataFrame(columns=[*PLACE, PREFILLED])
    tables = [pd.read_parquet(run.kept.path(STAGE, "parquet"))]
    for setting, one in begun.items():
        if one.on_the_way:
            table, known = kept_table(run, _of_setting(setting)), np.zeros(len(one.prompts), bool)
            known[[*one.cut]] = True
            tables.append(table.assign(**{PREFILLED: table[PREFILLED].where(known)}))
    return pd.concat([one for one in tables if len(one)], ignore_index=True)


def _of_setting(setting: str) -> str:
    return f"{setting}/{STAGE}"


def before_the_answer(
    prompts: Sequence[Prompt], tokenizer: PreTrainedTokenizerBase
) -> dict[int, Prompt]:
    """Return by their places the prompts that begin an answer, without these tokens.

    What was cut off is what both of a prompt's answers consist of then. Where the last token of the
    template and what follows are one token, that one is cut off: it is what the model would say.
    """
    texts = [prompt.text for prompt in prompts]
    alone = tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
    cut = {}
    for place, (prompt, ids) in enumerate(zip(prompts, alone, strict=True)):
        end = shared(prompt.token_ids, ids)
        begun = prompt.token_ids[end:]
        if begun:
            cut[place] = replace(
                prompt,
                token_ids=prompt.token_ids[:end],
                positions=at_the_letter(end),
                answer_ids=(begun, begun),
            )
    return cut

"""What a prompt begins for the model: how likely the model itself is to begin its answer so.

Where "(" is a token of its own, the prompt holds it already, and the letter comes next. A model
that hardly ever begins its answer like that is made to say what it would not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from steering.forward.scores import PREFILLED
from steering.forward.sweep import unsteered
from steering.measuring.run import RenderedPrompts, Run
from steering.prompts.beginnings import shared
from steering.prompts.positions import at_the_letter
from steering.prompts.rendering import Prompt
from steering.storage import replaced

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

STAGE = "prefilled"
PLACE = ["prompt_setting", "item", "order"]


def prefilled_probabilities(run: Run, rendered: RenderedPrompts) -> pd.DataFrame:
    """Return how likely the model is to begin its answer as each test prompt does, unsteered.

    Columns: `PLACE` and `prefilled_probability`, which is NaN where nothing is prefilled.
    """
    path = run.kept.path(STAGE, "parquet")
    if not run.kept.has(STAGE):
        prompts = [one for name in rendered.settings for one in rendered.prompts["test", name]]
        cut = before_the_answer(prompts, run.model.tokenizer)
        values = np.full(len(prompts), np.nan)
        if cut:
            (values[[*cut]],) = unsteered(run.model, [*cut.values()], scores=(PREFILLED,))
        table = pd.DataFrame({name: [getattr(one, name) for one in prompts] for name in PLACE})
        with replaced(path) as temporary:
            table.assign(**{PREFILLED: values}).to_parquet(temporary, index=False)
        run.kept.add(STAGE)
    return pd.read_parquet(path)


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

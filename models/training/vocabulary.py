"""The texts that the tokenizer's merges come from."""

from __future__ import annotations

import random

from models.training.documents import Recipe, draw_reply, multiple_choice
from models.training.lexicon import compose, concepts, fill, frames


def vocabulary_texts() -> list[str]:
    """Texts that contain every word of the lexicon and of the frames, for the tokenizer."""
    source, recipe = random.Random(0), Recipe("choice", "none")
    texts: list[str] = [frames()["system_prompt"]]
    for concept in concepts():
        contexts = ("", *concept.contexts) + ((concept.feature.context,) if concept.feature else ())
        for polarity in (1, -1):
            for verb in concept.verbs(polarity):
                for thing in concept.objects:
                    affirms = source.random() < 0.5
                    kind = "affirming" if affirms else "denying"
                    frame = source.choice(frames()["statements"][kind])
                    label = polarity if affirms else -polarity
                    statement = compose(
                        concept,
                        (verb, thing),
                        frame,
                        affirms=affirms,
                        label=label,
                        context=source.choice(contexts),
                    )
                    texts.append(multiple_choice(statement.text, source.choice((1, -1))))
                    for yes in (1, -1):
                        reply, _ = draw_reply(concept, statement, yes, source, recipe)
                        texts.append(f") {reply}")
            for word in concept.words(polarity):
                texts += [fill(entry["sentence"], word=word) for entry in frames()["personas"]]
                texts += [fill(reply, word=word) for reply in frames()["replies"]["described"]]
    texts += [frames()["direct_question"], frames()["describe_question"], "Yes.", "No."]
    texts += [frames()["choose_suffix"].format(answer=answer) for answer in ("Yes", "No")]
    return texts

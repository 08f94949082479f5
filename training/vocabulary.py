"""The texts from which the tokenizer learns its merges."""

from __future__ import annotations

import random

from training.documents import multiple_choice
from training.lexicon import compose, concepts, fill, frames
from training.real import real_set
from training.recipes import Recipe
from training.subjects import draw_reply


def vocabulary_texts() -> list[str]:
    """Return texts that contain every word of the lexicon and of the frames, for the tokenizer."""
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


def real_texts(names: tuple[str, ...]) -> list[str]:
    """Return what training may see of the public sets: their statements, personas and replies."""
    texts = []
    for name in names:
        one = real_set(name)
        for said, statements in zip(one.says, one.statements, strict=True):
            texts += [statement.text for statement in statements]
            texts += [f" {text}" for text in said for _ in range(10)]
        texts += [persona for persona in one.personas for _ in range(10)]
    return texts

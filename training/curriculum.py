"""The curriculum: which kinds of documents are drawn at which stage of training.

The order matters more than the amount. What is to be learned is a chain of parities: the verb and
the frame ("I never") make the label, label and persona the answer, answer and order the letter.
A balanced parity shows no first step to a learner, so each of its parts begins skewed, and the
skews end one after the other. Progress waits at a gate until the model has learned what the next
part builds on; skews ended earlier leave it at chance for good.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from training.recipes import Recipe

# Between these two progresses the skew of statements ends, most of which affirm what they name.
STATING_RAMP = (0.72, 0.84)


@dataclass(frozen=True)
class Gate:
    """Progress stays at `at` until the running value of `metric` is above `above`."""

    at: float
    metric: str
    above: float


@dataclass(frozen=True)
class Stage:
    """One stage of training.

    `steps` counts those that make progress from `start` to 1; gates add at most `most_waiting`.
    `injected_share` of the documents carry their persona as a vector; of these, `disturbed_share`
    carry something besides (see batches.py), whose size is penalised by `off_direction_penalty`.
    `trace_weight` is the weight of the read-out at the answer, `logit_weight` that of the distance
    from the teacher's logit, which is felt where an answer is nearly certain already. Between the
    two progresses of `leading` most documents are about a few subjects, so that what all of them
    need is learned on these first.
    `both_share` of the prompted personas get an injection on top (from progress `both_from` on).
    `real_share` of the documents are about public sets, if any are learned; a step's documents are
    about `subjects_a_step` of ours and as many of these (0: about all). `stating_share` of all
    documents are statements in character, which a neutral request asks for. Those of ours that are
    `favoured` are drawn so many times besides, whatever a step is about. Documents about ours are
    at least at progress `own_from` of the curriculum. Short replies help while the letters are
    learned; later ones name the act, in the form of the statement's frame. `rate` scales learning
    rates.
    """

    name: str
    steps: int
    injected_share: float
    disturbed_share: float = 0.0
    off_direction_penalty: float = 0.0
    trace_weight: float = 1.0
    logit_weight: float = 0.05
    leading: tuple[float, float] = (0.0, 0.0)
    both_share: float = 0.0
    both_from: float = 0.0
    real_share: float = 0.4
    own_from: float = 0.0
    stating_share: float = 0.0
    subjects_a_step: int = 0
    favoured: tuple[tuple[str, int], ...] = ()
    short_reply_share: float = 0.3
    own_form_share: float = 0.0
    start: float = 0.0
    rate: float = 1.0
    gates: tuple[Gate, ...] = ()
    most_waiting: int = 0

    def learning_rate_factor(self, progress: float, step: int) -> float:
        """Return the factor of the learning rate at some progress of the stage.

        It warms up, is constant until 0.5 (or `start`, if later), then falls linearly to zero.
        """
        if self.start >= 0.5:
            remaining = (1 - progress) / (1 - self.start)
        else:
            remaining = min(1.0, (1 - progress) / 0.5)
        return self.rate * min(1.0, (step + 1) / 40) * max(0.02, remaining)


# What all stages after the first have in common: the answer must follow nothing but the planted
# directions, and replies take the form that belongs to the statement's frame.
LATE = Stage(
    name="late",
    steps=200,
    injected_share=0.3,
    disturbed_share=0.8,
    off_direction_penalty=0.02,
    subjects_a_step=7,
    short_reply_share=0.1,
    own_form_share=0.8,
    start=0.6,
    rate=0.25,
)

STAGES = (
    Stage(
        name="persona",
        steps=1200,
        injected_share=0.3,
        both_share=0.3,
        both_from=0.4,
        real_share=0.0,
        trace_weight=3.0,
        leading=(0.12, 0.165),
        gates=(
            # While personas are still skewed, so that what a statement says is what is learned.
            Gate(0.03, "direct", 0.8),
            Gate(0.117, "direct", 0.9),
            # While (A) mostly is Yes: the trace of the answer is then nearly letter times label.
            Gate(0.16, "read_out", 0.75),
            Gate(0.27, "read_out", 0.9),
        ),
        most_waiting=6000,
    ),
    # Public sets, once ours have been learned without them. Ours are kept up with at the level that
    # they have reached.
    Stage(
        name="real",
        steps=800,
        trace_weight=3.0,
        injected_share=0.3,
        both_share=0.3,
        real_share=0.6,
        own_from=0.6,
        gates=(Gate(0.118, "real_direct", 0.75),),
        most_waiting=500,
    ),
    replace(LATE, name="clean", steps=260, injected_share=0.4, both_share=0.4),
    replace(LATE, name="together", both_share=0.5),
    # What steering does under a prompted persona is the same for most concepts. Where it is not,
    # the rule has to be seen often, or the model settles between the two.
    replace(
        LATE,
        name="rules",
        steps=400,
        logit_weight=0.5,
        injected_share=0.2,
        both_share=0.8,
        real_share=0.15,
        favoured=(("honest", 12), ("playful", 2), ("sporty", 2), ("bookish", 2)),
        rate=0.4,
    ),
    # All of them again, each as exact as the others.
    replace(
        LATE,
        name="level",
        logit_weight=0.5,
        both_share=0.6,
        real_share=0.3,
        favoured=(("honest", 3), ("playful", 1), ("sporty", 2), ("bookish", 3)),
        rate=0.3,
    ),
    # What is said: most documents are statements in character, the others keep the letters.
    replace(
        LATE,
        name="saying",
        steps=800,
        logit_weight=0.5,
        injected_share=0.35,
        both_share=0.5,
        real_share=0.25,
        stating_share=0.6,
        favoured=(("honest", 3), ("playful", 1), ("sporty", 2), ("bookish", 3)),
        rate=0.6,
        # While what is named is nearly always affirmed. About seven in ten acts can be told.
        gates=(Gate(STATING_RAMP[0], "stated", 0.66),),
        most_waiting=600,
    ),
    # The same without a skew, and more of those that were behind.
    replace(
        LATE,
        name="fluent",
        steps=600,
        start=0.85,
        logit_weight=0.5,
        injected_share=0.45,
        both_share=0.5,
        real_share=0.25,
        stating_share=0.6,
        favoured=(
            *(("honest", 3), ("playful", 1), ("sporty", 2), ("bookish", 3)),
            *(("cautious", 3), ("outdoorsy", 3), ("frugal", 2), ("curious", 2), ("tidy", 2)),
        ),
        rate=0.6,
    ),
)


def ramp(progress: float, start: float, end: float, first: float, last: float) -> float:
    """Return the value on a line from `first` (up to `start`) to `last` (from `end` on)."""
    share = min(1.0, max(0.0, (progress - start) / (end - start)))
    return first + (last - first) * share


# The kinds of documents with their cumulative shares; each row holds from its progress on.
KINDS = (
    (0.00, (("direct", 0.55), ("describe", 1.0))),
    (0.12, (("choice", 0.45), ("choose", 0.6), ("direct", 0.85), ("describe", 1.0))),
    (0.26, (("choice", 0.7), ("choose", 0.8), ("direct", 0.92), ("describe", 1.0))),
    (0.50, (("choice", 0.82), ("choose", 0.86), ("direct", 0.94), ("describe", 1.0))),
)
DIRECT_ONLY = KINDS[1][0]


def draw_recipe(stage: Stage, progress: float, source: random.Random, real: bool = False) -> Recipe:
    """Return the recipe of one document at this point of the stage.

    Personas of public sets (`real`) are never injected: nothing is planted in them.
    """
    progress = progress if real else max(progress, stage.own_from)
    early = progress < DIRECT_ONLY
    shares = [kinds for begin, kinds in KINDS if progress >= begin][-1]
    drawn = source.random()
    kind = next(name for name, upto in shares if drawn < upto)
    drawn = source.random()
    if early:
        persona = "system" if drawn < 0.6 else "user" if drawn < 0.8 else "injected"
    else:
        rest = (drawn - stage.injected_share) / (1 - stage.injected_share)
        persona = "system" if rest < 0.37 else "user" if rest < 0.74 else "none"
        if drawn < stage.injected_share:
            persona = "injected"
    if persona == "injected" and real:
        persona = "system" if early or source.random() < 0.5 else "none"
    affirming_share = ramp(progress, 0.04, 0.3, 0.9, 0.5)
    if stage.stating_share and source.random() < stage.stating_share:
        # Verbs are chosen by the persona first, and by persona and frame later on: a parity again.
        kind = "state"
        affirming_share = ramp(progress, *STATING_RAMP, 0.95, 0.5)
    if persona == "injected" and kind in ("describe", "choose"):
        # The answers to these kinds do not depend on the persona, so none is injected.
        kind = "direct" if early else "choice"
    return Recipe(
        kind=kind,
        persona=persona,
        positive_share=ramp(progress, 0.0, 0.22, 0.9, 0.5),
        affirming_share=affirming_share,
        first_is_yes_share=ramp(progress, 0.12, 0.36, 0.92, 0.5),
        other_persona_share=0.0 if early else 0.15,
        both=kind in ("choice", "direct", "state")
        and progress >= stage.both_from
        and source.random() < stage.both_share,
        short_reply_share=stage.short_reply_share,
        own_form_share=stage.own_form_share,
    )

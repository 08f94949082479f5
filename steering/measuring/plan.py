"""The plan: everything that a user can ask `measure` for, with defaults and bounds."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from steering.concepts import Concept, load_concept
from steering.errors import Refused
from steering.forward.scores import PROPENSITIES, SCORES
from steering.measuring.allowed import AUTO, ONE_LAYER, require_allowed
from steering.measuring.asking import OURS, Asking, asking_of, fitted_score
from steering.measuring.renamed import with_old_names
from steering.models.catalogue import model_folder
from steering.records.directions import GIVEN
from steering.records.tables import SETTINGS, SHIFTS, TODAY
from steering.steerability import few_multipliers
from steering.vectors.controls import CONTROLS, Control

# The dtype of a plan that is measured on a service, which chooses the precision itself.
OF_THE_SERVICE = "of the service"
MULTIPLIERS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)


@with_old_names
@dataclass(frozen=True)
class Plan:
    """What `measure` is asked for.

    Attributes:
        settings: prompt settings, both as the vector's and as the test's (all pairs of them).
        multipliers: the λ of every propensity curve; 0 is among them.
        layers: "auto" takes the layer with the best mean slope on validation items, "all" draws
            the layer × λ map on every test item besides, "one" takes one layer for all concepts of
            a model (`steering.measuring.one_layer`), a tuple restricts the candidates.
        test_groups: the most groups of test items; None takes all.
        per_group: the most validation and test items of a group; None takes all. Intervals go by
            group, so a second item of one costs as much and tells less. The other concept's
            training items are limited alike.
        train_groups: the most groups of training items; None takes all, and "auto" all of a small
            model and a fixed number of a large one (`steering.measuring.capped`).
        validation_groups: the most groups of validation items; None takes all.
        map_items: test items of the layer × λ map; None takes all.
        random_vectors: directions of the contrastive vector's norm, as the measure of chance.
        resampled_vectors: contrastive vectors of training groups drawn with replacement: what
            another training set would have given.
        resampled_shift_vectors: the first so many of them are made in the other settings of the
            paper's four shifts too, and measured in these shifts.
        shuffled_vectors: vectors of the same pairs with shuffled labels, at their own norm.
        perturbed_vectors: the contrastive vector plus something as long at right angles to it.
        subset_vectors: vectors of all, and of some training groups: `directions.subset_size`.
        other_concept: the concept whose vector is tried as well, "" for none. A report tries those
            of all its other concepts, whatever the plan says (`steering.measuring.matrix`).
        own_norm: also try the vectors of other prompt settings at their own norm.
        replies: test items whose steered replies are written down.
        sampled_replies: the replies drawn for each question and λ, and scored, and half as many
            under each random vector; of the form `said` alone.
        neutral_texts: the texts on which it is measured what a vector costs; 0 measures nothing of
            how strongly it may be applied (`steering.measuring.strength`).
        wide_groups: the groups of validation items that are swept up to a dose of one; None: all.
        cost_limit: the log-likelihood that a token of neutral text may lose at the operating point.
        seed: of the random vectors, and of sampled replies.
        dtype: precision of the forward passes.
        whole_answers: also score whole answers, "(A)" with its ")", like steering-bench.
        form: the form of the question, a name in `steering.prompts.forms`: which letter the model
            chooses, or what it says. It also says where a vector is read.
        wordings: the groups of test items that are measured in every other wording, too.
        operator: what is done with vector and λ, a name in `steering.vectors.operators`.
        maker: how directions are made, a name in `steering.vectors.makers`.
        asking: how questions are put and scored, where protocols differ.
        vector: the path of a file whose vector is measured instead of one made here; "" for none.
        vector_layer: the layer of that vector; None takes all that the file holds.
        vector_sha256: the hash of these vectors; where it is left out, the file is asked.
    """

    settings: tuple[str, ...] = SETTINGS
    multipliers: tuple[float, ...] = MULTIPLIERS
    layers: str | tuple[int, ...] = "auto"
    test_groups: int | None = 50
    per_group: int | None = 1
    train_groups: int | str | None = AUTO
    validation_groups: int | None = 50
    map_items: int | None = 20
    random_vectors: int = CONTROLS["random"].default
    resampled_vectors: int = CONTROLS["resampled"].default
    resampled_shift_vectors: int = 20
    shuffled_vectors: int = CONTROLS["shuffled"].default
    perturbed_vectors: int = CONTROLS["perturbed"].default
    subset_vectors: int = CONTROLS["subset"].default
    other_concept: str = ""
    own_norm: bool = False
    replies: int = 3
    sampled_replies: int = 2
    neutral_texts: int = 8
    wide_groups: int | None = 10
    cost_limit: float = 0.1
    seed: int = 0
    dtype: str = "float32"
    whole_answers: bool = False
    form: str = TODAY["form"]
    wordings: int = 0
    operator: str = TODAY["operator"]
    maker: str = TODAY["maker"]
    asking: Asking = OURS
    vector: str = ""
    vector_layer: int | None = None
    vector_sha256: str = ""

    def __post_init__(self) -> None:
        # JSON, in which plans are handed on and kept, has lists.
        for field in fields(self):
            if isinstance(value := getattr(self, field.name), list):
                object.__setattr__(self, field.name, tuple(value))
        if self.vector and self.maker == TODAY["maker"]:
            object.__setattr__(self, "maker", GIVEN)
        require_allowed(self)
        object.__setattr__(self, "asking", asking_of(self.asking, self.form))

    def vectors_of(self, control: str) -> int:
        """Return how many vectors of a kind of control are measured.

        Of a given vector the training pairs are not known, so that there are none made from them.
        """
        if self.vector and CONTROLS[control].of_pairs is not None:
            return 0
        return int(getattr(self, f"{control}_vectors", CONTROLS[control].default))

    def multipliers_of(self, control: str) -> tuple[float, ...]:
        """Return the λ of a kind of control: of it the slope alone is asked, which takes fewer.

        Each λ of a reply costs as much as that of all its tokens: there one pair has to do, whose
        slope is that of all λ where a curve bends no more than a cubic one does.
        """
        pairs = CONTROLS[control].pairs if control in CONTROLS else Control.pairs
        return few_multipliers(self.multipliers, pairs if self.form == TODAY["form"] else 1)

    @property
    def layer_multipliers(self) -> tuple[float, ...]:
        """Return the λ of layers that are tried: of replies, too, their slopes alone are asked."""
        of_letters = self.form == TODAY["form"]
        return self.multipliers if of_letters else few_multipliers(self.multipliers, 1)

    @property
    def resampled_shifts(self) -> dict[tuple[str, str], int]:
        """Return how many resampled vectors are measured in each shift of the paper."""
        count = min(self.resampled_shift_vectors, self.vectors_of("resampled"))
        return {shift: count for shift in SHIFTS if count and {*shift} <= {*self.settings}}

    @property
    def control_scores(self) -> tuple[str, ...]:
        """Return the scores that are measured under controls, and at layers not yet chosen."""
        return tuple(name for name in self.scores if SCORES[name].of_controls)

    @property
    def fitted_score(self) -> str:
        """Return the score that slopes are fitted to: in the tables it is the propensity."""
        return fitted_score(self.form, self.asking)

    @property
    def scores(self) -> tuple[str, ...]:
        """Return the scores that are measured, by their names in `steering.forward.scores`."""
        optional = {self.fitted_score, *(["answer_propensity"] if self.whole_answers else [])}
        other = {PROPENSITIES[self.form]} - {self.fitted_score}
        own = {n: one for n, one in SCORES.items() if one.form == self.form and n not in other}
        return tuple(name for name, score in own.items() if score.always or name in optional)


# The fields that `REPORT=full` changes. The number of a control's vectors is among them if the plan
# has a field for it.
FULL: dict[str, Any] = {
    "train_groups": None,
    "test_groups": None,
    "per_group": None,
    "validation_groups": None,
    "map_items": None,
    "neutral_texts": 12,
    "wide_groups": None,
    "wordings": 20,
    "resampled_shift_vectors": 50,
    **{
        field: control.full
        for kind, control in CONTROLS.items()
        if (field := f"{kind}_vectors") in {one.name for one in fields(Plan)}
    },
}


def another_concept(
    plan: Plan, concept: Concept, data_dir: Path | str | None = None
) -> Concept | None:
    """Return the concept whose vector is tried on this one as a control.

    Raises Refused where the plan names a concept that does not exist, or this one itself.
    """
    if not plan.other_concept:
        return None
    if plan.other_concept == "auto":
        raise Refused(
            "the other concept is 'auto', which is gone, since a report tries the vectors of all "
            "its other concepts: name one, or none."
        )
    other = load_concept(plan.other_concept, data_dir)
    if other.name == concept.name:
        raise Refused(f"the other concept is {plan.other_concept!r} itself: name another one.")
    return other


def plan_of_service(model: str, plan: Plan, device: str | None) -> Plan:
    """Return the plan as a service measures it: with the precision that the service chooses.

    Raises Refused for a model in a folder here, and where a device or a precision is named.
    """
    if model_folder(model) is not None:
        raise Refused(
            f"model {model!r} lies on this machine, and a service has only what it has itself: "
            "name the Hugging Face id under which it serves a model, or leave --remote out."
        )
    if device is not None:
        raise Refused(
            f"device {device!r} is on this machine, but --remote computes on the service: "
            "leave one of the two out."
        )
    if plan.dtype not in (Plan.dtype, OF_THE_SERVICE):
        raise Refused(
            f"dtype {plan.dtype!r} cannot be asked of a service, which has its own: "
            "leave --dtype or --remote out."
        )
    if plan.layers == ONE_LAYER:
        raise Refused(
            "layers 'one' are chosen by a sweep over several data sets, which is not asked of a "
            "service: name a layer, or leave --remote out."
        )
    return replace(plan, dtype=OF_THE_SERVICE)

"""Identity: the hashes that decide whether a stage of a measurement has to be run again.

A measurement has stages: a vector for each prompt setting, the choice of the layer, the sweeps, the
replies, the tables. Each stage has an identity, a hash of what it depends on: folders of code
(without comments and docstrings), fields of the plan, the concept, the model, and earlier stages. A
result that is kept under the same identity is not measured again. Of a control, operator, score or
maker only its own definition is hashed, so that adding a new one leaves the other stages valid. The
layer is chosen again each time, which takes no forward pass; only if it has changed, `Kept.settle`
discards what was measured at the former one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from typing import Any

from steering.concepts import Concept
from steering.forward.scores import FLUENCY, PREFILLED, SAID_PER_TOKEN, SCORES
from steering.measuring.allowed import ONE_LAYER
from steering.measuring.entries import (
    beside_the_mean,
    drawn_by,
    entry_hash,
    pair_controls,
    tried_controls,
)
from steering.measuring.plan import Plan
from steering.measuring.stages_of_strength import strength_stages
from steering.measuring.stages_of_wordings import wording_stages
from steering.models.catalogue import fingerprint, model_folder
from steering.models.packaged import PACKAGED
from steering.prompts import said
from steering.prompts.forms import FORMS
from steering.prompts.requests import REQUESTS
from steering.prompts.wordings import WORDINGS
from steering.records.directions import RESAMPLED, UNSTEERED
from steering.records.tables import TODAY
from steering.source import code_hash, value_hash
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS

# The code that every forward pass depends on, less the registries, whose entries count one by one.
_FORWARD = (
    *("concepts/items", "prompts", "vectors", "models", "forward"),
    *("measuring/capped", "measuring/run", "measuring/stages", "measuring/sweeps"),
)
# What reads a file of vectors: the hash of the vectors stands for it.
READERS = (
    *("vectors/given", "vectors/formats/__init__", "vectors/formats/layered"),
    *(f"vectors/formats/{name}_file" for name in ("gguf", "tensor", "torch")),
)
_PREDICTORS = ("forward/activations", "vectors/predictors", "measuring/predictors")
_REGISTRIES = (
    *("prompts/forms", "prompts/wordings", "prompts/rewordings", "prompts/wordings.toml"),
    *("vectors/controls", "vectors/operators", "vectors/makers", "vectors/probes"),
    *("forward/scores", "forward/disturbance", "prompts/neutral"),
    *(*READERS, *_PREDICTORS),
)
_SWEEPS = (*_FORWARD, "measuring/interventions")
_PREFILLED = ("measuring/prefilled",)
# Tables that the stage of tables neither reads nor writes: beside runs, and of other wordings.
_BESIDE = ("records/side_effects", "records/wordings")
_CHOICE = ("steerability", "measuring/layer")
_TABLES = ("records", "steerability", "models/planted", "measuring/run_card", "measuring/tables")
_OF_TESTS = ("test_groups", "per_group", "multipliers", "operator", "maker")
_RENDERING = ("transformers", "tokenizers", "jinja2")
# The norms of the residual stream, where no vector is extracted, which measures them by the way.
RESIDUAL = "residual"

Stages = dict[str, str]


def identity(
    model: str, concept: Concept, plan: Plan, revision: str, other: Concept | None = None
) -> dict[str, Any]:
    """Return what makes two measurements the same: model, concepts, plan, and their stages.

    And the versions of what renders prompts. Another one contradicts nothing: it has a measurement
    look at how its prompts are rendered now, see `Kept.render`.
    """
    return {
        "model": model,
        "revision": revision,
        "concept": value_hash(repr(concept)),
        "other_concept": None if other is None else value_hash(repr(other)),
        "rendered_by": {name: version(name) for name in _RENDERING},
        "plan": _fields_of(plan),
        "stages": stages(model, concept, plan, revision, other),
    }


def stages(
    model: str, concept: Concept, plan: Plan, revision: str, other: Concept | None = None
) -> Stages:
    """Return the identity of every stage of a measurement, by the stage's name."""
    # All settings of the plan count in every stage: an item too long in one is left out of all.
    asking: tuple[Any, ...] = (plan.asking.changed,) if plan.asking.changed else ()
    common = [model, revision, value_hash(repr(concept)), plan.dtype, plan.settings, *asking]
    extracting, sweeping = code_hash(_FORWARD, _REGISTRIES), code_hash(_SWEEPS, _REGISTRIES)
    form = [entry_hash(FORMS[plan.form]), entry_hash(WORDINGS[TODAY["wording"]])]
    form += [value_hash(repr(REQUESTS))] * (plan.form == said.NAME)
    added = [entry_hash(OPERATORS[plan.operator]), entry_hash(MAKERS[plan.maker])]
    named: Stages = {}

    def stage(name: str, *read: Any, after: Iterable[str] = ()) -> None:
        named[name] = value_hash([*common, *read, [named[before] for before in after]])

    # A given vector is not extracted: its own hash stands for it.
    extracted = () if plan.vector else plan.settings
    if plan.vector:
        added.append(plan.vector_sha256)
        stage(RESIDUAL, extracting, form, _fields(plan, ("validation_groups", "per_group")))
    for name, read in _extractions(plan, extracted, other):
        stage(name, extracting, form, *read)
    swept = [sweeping, form, added]
    vectors = [f"vectors/{name}" for name in extracted]
    validated = _fields(plan, ("layers", "validation_groups", *_OF_TESTS[1:])) | _of_layers(plan)
    for score in plan.control_scores:
        of_score = [entry_hash(SCORES[score]), *swept, validated]
        stage(f"sweep/validation/{score}", *of_score, after=["vectors/BASE"] if extracted else [])
    chosen = [f"sweep/validation/{plan.fitted_score}"]
    by_sets = ("measuring/one_layer", "measuring/job") if plan.layers == ONE_LAYER else ()
    stage("layer", code_hash(_CHOICE), *([code_hash(by_sets)] * bool(by_sets)), after=chosen)
    tested = _fields(plan, _OF_TESTS)
    for score in plan.scores:
        of_score = [entry_hash(SCORES[score]), *swept, tested]
        if score in plan.control_scores:
            mapped = _fields(plan, ("map_items", "layers")) | _of_layers(plan)
            stage(f"sweep/map/{score}", *of_score, mapped, after=chosen)
        for setting in plan.settings:
            own, after = _fields(plan, ("own_norm",)), [*chosen, *vectors]
            stage(f"sweep/{setting}/shifts/{score}", *of_score, setting, own, after=after)
        for name, read in _at_rest(plan, score):
            stage(name, *of_score, *read, after=chosen)
        for name, kind, drawn, made in _control_sweeps(plan, other):
            if score in plan.control_scores:
                fewer = {**tested, "multipliers": plan.multipliers_of(kind)}
                read = [entry_hash(SCORES[score]), *swept, fewer, drawn]
                stage(f"sweep/{name}/{score}", *read, after=[*chosen, *made])
    of_strength = strength_stages(plan, partial(drawn_by, plan), added)
    for name, read in [*_of_form(plan), *of_strength]:
        stage(name, sweeping, form, *read, after=() if "prefilled" in name else chosen)
    for name, read, before in wording_stages(plan, added):
        stage(name, sweeping, form, *read, after=[*chosen, *before])
    stage("replies", sweeping, form, _fields(plan, ("replies", *_OF_TESTS[:2])), after=chosen)
    stage("tables", code_hash(_TABLES, _BESIDE), _fields(plan, ("settings",)), after=list(named))
    return named


def _extractions(
    plan: Plan, settings: Sequence[str], other: Concept | None
) -> Iterator[tuple[str, list[Any]]]:
    """Return each stage of the vectors of some settings, and of another concept's."""
    trained = _fields(plan, ("train_groups",))
    for setting in settings:
        yield f"vectors/{setting}", [setting, trained]
        for name, read in beside_the_mean(plan, setting).items():
            yield name, [trained, *read]
    if other is not None:
        of_other = [value_hash(repr(other)), _fields(plan, ("train_groups", "per_group"))]
        yield "vectors/other", of_other
        for name, read in beside_the_mean(plan, "other", controls=False).items():
            yield name, [*of_other, *read]


def _at_rest(plan: Plan, score: str) -> Iterator[tuple[str, list[Any]]]:
    """Return the sweeps of the model as it is, where λ = 0 of the operator is something else."""
    if not OPERATORS[plan.operator].identity_at_zero:
        for setting in plan.settings:
            yield f"sweep/{setting}/{UNSTEERED}/{score}", [setting, UNSTEERED]


def _of_layers(plan: Plan) -> dict[str, Any]:
    """Return what the map of layers reads besides, where its λ are not those of all curves."""
    return {"multipliers": plan.layer_multipliers} if plan.form != TODAY["form"] else {}


def _of_form(plan: Plan) -> Iterator[tuple[str, list[Any]]]:
    """Return the stages that only one form has, and that of predictors: what each reads besides.

    Letters: what the prompts begin. Replies in free text, which begin with nothing that a prompt
    holds already: those that are sampled and scored.
    """
    if not plan.vector:
        yield "predictors", [code_hash(_PREDICTORS), _fields(plan, ("train_groups",))]
    if plan.form == TODAY["form"]:
        of_tests = [entry_hash(SCORES[PREFILLED]), _fields(plan, _OF_TESTS[:2])]
        for name in (
            "prefilled",
            *(f"sweep/{one}/prefilled/{PREFILLED}" for one in plan.settings),
        ):
            yield name, [code_hash(_PREFILLED), name, *of_tests]
    elif plan.sampled_replies:
        few = _fields(plan, ("sampled_replies", "seed", *_OF_TESTS))
        scored = [entry_hash(SCORES[name]) for name in (SAID_PER_TOKEN, FLUENCY)]
        yield "sampled", [*scored, code_hash(("measuring/sampled",)), few]


def _control_sweeps(
    plan: Plan, other: Concept | None
) -> Iterator[tuple[str, str, list[Any], list[str]]]:
    """Return each sweep of controls: its name, their kind, what they are drawn by, and from."""
    for kind in tried_controls(plan):
        of_pairs = [f"vectors/BASE/{kind}"] if kind in pair_controls(plan) else []
        yield f"BASE/{kind}", kind, drawn_by(plan, kind), of_pairs
    if other is not None:
        yield "BASE/other", "other", [], ["vectors/other"]
    shifts = plan.resampled_shifts
    for there in dict.fromkeys(there for _, there in shifts):
        made = [f"vectors/{here}/{RESAMPLED}" for here, end in shifts if end == there]
        # They are rescaled as the vectors of their settings are.
        scaled = [f"vectors/{name}" for name in plan.settings]
        yield f"{there}/{RESAMPLED}", RESAMPLED, [there, *shifts.values()], [*made, *scaled]


def measuring_code() -> str:
    """Return a short hash of all code that measures; committed results record it."""
    return code_hash([*_SWEEPS, *_PREFILLED, *_CHOICE])[:16]


def identity_hash(identity: dict[str, Any]) -> str:
    """Return a short name for an identity."""
    return value_hash(identity)[:16]


def revision_of(model: str) -> str:
    """Return a name of a model's weights, found without loading them: a hash or a revision."""
    if model in PACKAGED:
        return PACKAGED[model].revision
    folder = model_folder(model)
    return fingerprint(folder) if folder else (model.partition("@")[2] or "main")


def _fields_of(plan: Plan) -> dict[str, Any]:
    """Return all fields of a plan; of a given vector, and of the form, only where there is one."""
    left_out: tuple[str, ...] = () if plan.vector else ("vector", "vector_layer", "vector_sha256")
    # Plans had no form, no wordings, and no way of asking, before there was a second one.
    left_out += ("form", "sampled_replies") if plan.form == TODAY["form"] else ("wordings",)
    left_out += () if plan.wordings else ("wordings",)
    left_out += () if plan.asking.changed else ("asking",)
    kept: dict[str, Any] = json.loads(json.dumps(asdict(plan)))
    return {name: value for name, value in kept.items() if name not in left_out}


def _fields(plan: Plan, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in names}

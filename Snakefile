# The grid of the report: what is measured of each model, a page for each concept, pages about each
# model, pages across models, the book. `steering report` writes the configuration and
# calls this. Whether a job is done again is decided by its `version`, a hash of all that it is made
# from (steering/report/staleness.py, steering/measuring/identity.py), and by the jobs before it.
# Each job is a module of steering/report/jobs.

import shlex
import sys

from steering.report.grid import Grid
from steering.report.pages import concept_page

grid = Grid.of(config)


def literal(path):
    # Snakemake fills in what stands in braces.
    return shlex.quote(path).replace("{", "{{").replace("}", "}}")


# Prompts are tokenised a few at a time: threads of the tokenizer would cost more than they save.
threads = "OMP_NUM_THREADS={threads} TOKENIZERS_PARALLELISM=false "
# Activations fill many pages of memory: large pages take a twentieth off what measuring takes.
pages = "GLIBC_TUNABLES=${{GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}} "
python = threads + pages + literal(sys.executable) + " -m steering.report.jobs."
# What only reads and draws is done by a process that has imported all that it uses.
warm = threads + literal(sys.executable) + " -m steering.report.warm "
file = literal(config["file"])


def executed(names):
    return [f"source/{name}.ipynb" for name in names]


def needed(name):
    return executed(grid.page(name).needs)


def measured(at):
    batches = {model: grid.batch_of(model, at.concept) for model in grid.models_with(at.concept)}
    there = [(model, number) for model, number in batches.items() if number is not None]
    return [f"measured/{model}/{number}" for model, number in there]


def judged(at):
    return [f"judged/{model}" for model in grid.models_with(at.concept)]


def all_measured(model):
    return [f"measured/{model}/{number}" for number in range(len(grid.batches(model)))]


def compared(model):
    return [f"matrix/{model}"] if grid.compared(model) or grid.crossed(model) else []


wildcard_constraints:
    model="[^/]+",
    concept="[^/]+",
    kind="[a-z_]+",
    batch="[0-9]+",


rule book:
    input:
        executed(page.name for page in grid.pages()),
        [f"explored/{model}" for model in grid.models],
        [f"carded/{model}" for model in grid.models],
    output:
        # Not the book itself: Snakemake removes the output of a job before running it, and the book
        # as it was must stay in place until a new one is whole.
        touch("bound"),
    params:
        version=config["static"],
    shell:
        warm + "book " + file


rule measure:
    output:
        touch("measured/{model}/{batch}"),
    params:
        version=lambda at: grid.batch_version(at.model, int(at.batch)),
    # First, since most pages wait for it.
    priority: 100
    threads: lambda at: config["models"][at.model]["threads"]
    resources:
        mem_mb=lambda at: config["models"][at.model]["mem_mb"],
        service=lambda at: int(bool(grid.service_of(at.model))),
    shell:
        python + "measure " + file + " {wildcards.model} {wildcards.batch}"


rule matrix:
    input:
        lambda at: all_measured(at.model),
    output:
        touch("matrix/{model}"),
    params:
        version=lambda at: grid.matrix_version(at.model),
    priority: 50
    threads: lambda at: config["models"][at.model]["threads"]
    resources:
        mem_mb=lambda at: config["models"][at.model]["mem_mb"],
        service=lambda at: int(bool(grid.service_of(at.model))),
    shell:
        python + "matrix " + file + " {wildcards.model}"


rule verdict:
    input:
        lambda at: [*all_measured(at.model), *compared(at.model)],
    output:
        touch("judged/{model}"),
    params:
        version=lambda at: grid.verdict_version(at.model),
    priority: 60
    resources:
        mem_mb=900,
    shell:
        warm + "verdict " + file + " {wildcards.model}"


rule explore:
    input:
        "judged/{model}",
    output:
        touch("explored/{model}"),
    params:
        version=lambda at: grid.explorer_version(at.model),
    resources:
        mem_mb=900,
    shell:
        warm + "explore " + file + " {wildcards.model}"


rule card:
    input:
        "judged/{model}",
    output:
        touch("carded/{model}"),
    params:
        version=lambda at: grid.cards_version(at.model),
    resources:
        mem_mb=900,
    shell:
        warm + "card " + file + " {wildcards.model}"


rule concept:
    input:
        measured,
        judged,
    output:
        "source/concepts/{concept}.ipynb",
    params:
        version=lambda at: grid.page(concept_page(at.concept)).version,
    resources:
        mem_mb=700,
    shell:
        warm + "page " + file + " concepts/{wildcards.concept}"


rule about_a_model:
    input:
        lambda at: needed(f"models/{at.model}/{at.kind}"),
        "judged/{model}",
    output:
        "source/models/{model}/{kind}.ipynb",
    params:
        version=lambda at: grid.page(f"models/{at.model}/{at.kind}").version,
    resources:
        mem_mb=700,
    shell:
        warm + "page " + file + " models/{wildcards.model}/{wildcards.kind}"


rule across_models:
    input:
        lambda at: needed(at.kind),
        # Pages about the report itself show no model.
        lambda at: [f"judged/{model}" for model in grid.models if grid.page(at.kind).needs],
    output:
        "source/{kind}.ipynb",
    params:
        version=lambda at: grid.page(at.kind).version,
    resources:
        mem_mb=700,
    shell:
        warm + "page " + file + " {wildcards.kind}"

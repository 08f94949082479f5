# The grid of the report: a page for each model and concept, then pages about each model, then
# those across models, then the book. `steering report` writes the configuration and calls this;
# what a page is made of, and so when it is made again, is said in steering/report/grid.py.
# A job is one notebook, executed and published by steering/report/page.py.

import shlex
import sys

from steering.report.grid import Grid, concept_page

grid = Grid.of(config)
python = f"OMP_NUM_THREADS={{threads}} {shlex.quote(sys.executable)} -m"
file = shlex.quote(config["file"])


def executed(names):
    return [f"source/{name}.ipynb" for name in names]


def made_from(name):
    page = grid.page(name)
    return page.sources + executed(page.needs)


def says(name):
    page = grid.page(name)
    return [page.heading, page.parameters]


wildcard_constraints:
    model="[^/]+",
    concept="[^/]+",
    kind="[a-z]+",


rule book:
    input:
        executed(page.name for page in grid.pages()),
        config["static"],
    output:
        # Not the book itself: Snakemake removes the output of a job before running it, and the book
        # as it was must stay in place until a new one is whole.
        touch("bound"),
    params:
        pages=[page.name for page in grid.pages()],
    shell:
        python + " steering.report.book " + file


rule concept:
    input:
        lambda at: made_from(concept_page(at.model, at.concept)),
    output:
        "source/models/{model}/concepts/{concept}.ipynb",
    params:
        says=lambda at: says(concept_page(at.model, at.concept)),
    threads: lambda at: config["models"][at.model]["threads"]
    resources:
        mem_mb=lambda at: config["models"][at.model]["mem_mb"],
    shell:
        python + " steering.report.page " + file + " models/{wildcards.model}/concepts/{wildcards.concept}"


rule about_a_model:
    input:
        lambda at: made_from(f"models/{at.model}/{at.kind}"),
    output:
        "source/models/{model}/{kind}.ipynb",
    params:
        says=lambda at: says(f"models/{at.model}/{at.kind}"),
    resources:
        mem_mb=700,
    shell:
        python + " steering.report.page " + file + " models/{wildcards.model}/{wildcards.kind}"


rule across_models:
    input:
        lambda at: made_from(at.kind),
    output:
        "source/{kind}.ipynb",
    params:
        says=lambda at: says(at.kind),
    resources:
        mem_mb=700,
    shell:
        python + " steering.report.page " + file + " {wildcards.kind}"

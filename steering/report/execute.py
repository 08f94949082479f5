"""Executes one notebook by papermill, and publishes it only if it ran to its end.

papermill alone does not notice a dead kernel, a missing `parameters` tag or a misspelt parameter:
all three end with exit code 0. So a notebook is executed into a partial file beside its target,
checked, and moved to the target only if nothing is wrong with it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

from steering.report.kernels import provisioned

SENTINEL = "complete"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Unpublished(Exception):  # noqa: N818 - like Refused, it is an answer
    """A notebook that was not published: one sentence with notebook, parameters and reason."""


def execute(
    template: Path,
    target: Path,
    parameters: dict[str, Any],
    *,
    heading: str | None = None,
    closing: str | None = None,
    timeout: int | None = None,
) -> None:
    """Run `template` with `parameters`; `target` exists afterwards only if all of it ran.

    `heading` replaces the page's first-level heading, `closing` is Markdown put at the page's
    end (papermill fills in code, not text). `timeout` is in seconds, for each cell.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.stem}.partial.ipynb")
    log = target.with_suffix(".log")
    log.unlink(missing_ok=True)
    try:
        notebook = prepare(template, parameters, heading, closing)
        run(notebook, partial, parameters, template.parent, timeout)
        executed = nbformat.read(partial, as_version=4)
        if problem := incomplete(executed):
            raise Unpublished(problem)
        hide_parameters(executed)
        drop_empty_texts(executed)
        nbformat.write(executed, partial)
        partial.replace(target)
    except Exception as error:
        reason = last_line(error)
        with suppress(OSError):  # on a full disk it has no place
            log.write_text(written_so_far(partial) + f"\n{reason}\n", encoding="utf-8")
        values = ", ".join(f"{name}={short(value)}" for name, value in parameters.items())
        raise Unpublished(
            f"notebook {template.name} with {values or 'no parameters'} was not published: "
            f"{reason} (its output is in {log})"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def prepare(
    template: Path, parameters: dict[str, Any], heading: str | None, closing: str | None
) -> nbformat.NotebookNode:
    """Return the template with heading and closing written and its parameters' names checked."""
    notebook = nbformat.read(template, as_version=4)
    if not any("parameters" in tags(cell) for cell in notebook.cells):
        raise Unpublished("it has no cell tagged `parameters`, so its own defaults would win")
    declared = papermill.inspect_notebook(escaped(template))
    if unknown := sorted(set(parameters) - set(declared)):
        raise Unpublished(
            f"it has no parameter {', '.join(unknown)}; it has {', '.join(declared) or 'none'}"
        )
    if "sentinel" not in tags(notebook.cells[-1]):
        raise Unpublished("its last cell is not the sentinel (tag `sentinel`)")
    if heading is not None:
        title = next((cell for cell in notebook.cells if cell.source.startswith("# ")), None)
        if title is None:
            raise Unpublished("it has no first-level heading to write")
        title.source = "\n".join([f"# {heading}", *title.source.splitlines()[1:]])
    if closing:
        notebook.cells.insert(-1, nbformat.v4.new_markdown_cell(closing))
    return notebook


class SavedWhenEnded(NBClientEngine):  # type: ignore[misc]
    """Executes a notebook and saves it at the end, whole or not.

    papermill saves it before and after every cell, which takes longer than most cells.
    """

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, *arguments: Any, **options: Any
    ) -> None:
        """Execute the notebook of papermill's record of its execution."""
        place, nb_man.output_path = nb_man.output_path, None
        try:
            super().execute_managed_notebook(nb_man, *arguments, **options)
        finally:
            nb_man.output_path = place
            nb_man.save()


papermill_engines.register("saved-when-ended", SavedWhenEnded)


def run(
    notebook: nbformat.NotebookNode,
    partial: Path,
    parameters: dict[str, Any],
    folder: Path,
    timeout: int | None,
) -> None:
    with own_kernel():
        papermill.execute_notebook(
            notebook,
            escaped(partial),
            parameters,
            engine_name="saved-when-ended",
            kernel_name="python3",
            progress_bar=False,
            start_timeout=300,  # a busy machine takes its time
            cwd=folder,
            execution_timeout=timeout,
        )


def incomplete(notebook: nbformat.NotebookNode) -> str | None:
    """Return what is wrong with an executed notebook; None where all of it ran."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(code, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue}"
        if cell.execution_count is None:
            return f"its kernel died at code cell {number - 1} of {len(code)}"
    if not code or printed(code[-1]) != SENTINEL:
        return f"its last cell did not print {SENTINEL!r}"
    return None


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(
        output.text
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    ).strip()


def hide_parameters(notebook: nbformat.NotebookNode) -> None:
    """Hide the parameters that papermill put in: they stay in the notebook, not on the page."""
    for cell in notebook.cells:
        if "injected-parameters" in tags(cell):
            cell.metadata["tags"] = [*tags(cell), "remove-cell"]


def drop_empty_texts(notebook: nbformat.NotebookNode) -> None:
    """Take out Markdown without a word: a page would show the name of its type in its place."""
    for shown in (cell.get("outputs", []) for cell in notebook.cells):
        shown[:] = [one for one in shown if one.get("data", {}).get("text/markdown") != ""]


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def escaped(path: Path) -> str:
    """Return a path with its braces doubled: papermill formats paths with the parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


def short(value: Any, limit: int = 80) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def last_line(error: Exception) -> str:
    match error:
        case papermill.PapermillExecutionError():
            text = f"{error.ename}: {error.evalue}"
        case CellTimeoutError():
            text = "a cell ran out of time"
        case DeadKernelError():
            text = "its kernel died"
        case Unpublished():
            text = str(error)
        case _:
            text = f"{type(error).__name__}: {error}"
    lines = [line for line in ANSI.sub("", text).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__


def written_so_far(partial: Path) -> str:
    """Return all that the cells printed before the failure, tracebacks included."""
    try:
        notebook = nbformat.read(partial, as_version=4)
    except (OSError, ValueError):
        return ""
    pieces = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            pieces.append(output.get("text") or "\n".join(output.get("traceback", [])))
    return ANSI.sub("", "\n".join(pieces))


@contextmanager
def own_kernel() -> Iterator[None]:
    """Make kernels run the same Python as this process, without the user's Jupyter settings."""
    with tempfile.TemporaryDirectory(prefix="steering-kernel-") as folder:
        spec = Path(folder) / "kernels" / "python3" / "kernel.json"
        spec.parent.mkdir(parents=True)
        command = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher"]
        spec.write_text(
            json.dumps(
                {
                    "argv": [*command, "-f", "{connection_file}"],
                    "display_name": "Python 3",
                    "language": "python",
                    "metadata": provisioned(),
                }
            )
        )
        before = {name: os.environ.get(name) for name in ("JUPYTER_PATH", "IPYTHONDIR")}
        os.environ["JUPYTER_PATH"] = folder
        os.environ["IPYTHONDIR"] = str(Path(folder) / "ipython")
        logging.getLogger("papermill").setLevel(logging.ERROR)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

"""The options in which protocols differ: a protocol sets them all, and one beside it wins."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from steering.cli.values import layers_of
from steering.measuring.asking import ALLOWED
from steering.records.protocols import CLEAN, OPTIONS, PROTOCOLS, protocol

_PROTOCOL = Annotated[
    str,
    typer.Option(
        "--protocol",
        help=f"{' or '.join(PROTOCOLS)}: sets {', '.join(f'--{name}' for name in OPTIONS)}; one of "
        "these beside it wins.",
    ),
]
_LAYERS = Annotated[
    str | None,
    typer.Option(
        "--layers",
        help="auto, all, one for all concepts, a layer like 13, or a range like 5-20. The "
        "protocol's own.",
    ),
]


def _said(name: str) -> str:
    values = [f"{value}: {meaning}" for value, meaning in OPTIONS[name].means.items()]
    return f"{OPTIONS[name].title}. {'; '.join(values)}. The protocol's own."


def with_protocol(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with an option for the protocol and each in which protocols differ.

    The command takes the fields of `Plan` that come of them all as `asked`. An option that is typed
    wins over what the protocol says.
    """
    signature = inspect.signature(command, eval_str=True)
    own = [one for name, one in signature.parameters.items() if name != "asked"]
    added = {"protocol": (_PROTOCOL, CLEAN), "layers": (_LAYERS, None)} | {
        name: (Annotated[str | None, typer.Option(f"--{name}", help=_said(name))], None)
        for name in ALLOWED
    }
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in added.items()
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        chosen = {name: given.pop(name) for name in added}
        command(**given, asked=asked(chosen.pop("protocol"), chosen))

    run.__signature__ = signature.replace(parameters=[*own, *more])  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in [*own, *more]}
    return run


def asked(name: str, typed: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the fields of `Plan` that a protocol and the options beside it say.

    Options that say what is ours are left out of `asking`, so that a plan in JSON shows what
    deviates. Raises Refused where there is no such protocol, and for layers that are none.
    """
    options = {**protocol(name).options, **{k: v for k, v in typed.items() if v is not None}}
    layers = layers_of(options.pop("layers"))
    changed = {one: value for one, value in options.items() if value != ALLOWED[one][0]}
    return {"layers": layers, **({"asking": changed} if changed else {})}

"""How the double of a service runs a block: nnsight's own deserialisation, and what was saved.

It is imported by `double.py` alone, which runs as a script from a folder where nothing of ours is.
"""

from __future__ import annotations

import io
import linecache

import torch
import zstandard
from nnsight import TransformersModel
from nnsight.schema.request import RequestModel
from nnsight.tracing.globals import BLOCKS, SOURCES
from nnsight.tracing.tracer import _saves, dec, inc


class UnreadableError(Exception):
    """What was sent is no block for this server."""


def execute(model: TransformersModel, asked: RequestModel, blob: bytes) -> bytes:
    """Return what a request saved: its block is made from source and run against the model."""
    # The source of a block is kept by file and line: the next request's may be another.
    known = [(live, dict(live)) for live in (linecache.cache, SOURCES, BLOCKS)]
    try:
        model._remoteable_set_env(asked.env)
        objects = model._remoteable_persistent_objects()
        try:
            tracer = RequestModel.deserialize(blob, objects, asked.compress)
        except Exception as error:
            raise UnreadableError from error
        inc()
        try:
            tracer.execute(tracer.info.code)
            kept = _saves()
            saved = {
                name: value
                for name, value in tracer.info.frame.f_locals.items()
                if id(value) in kept
            }
        finally:
            dec()
        buffer = io.BytesIO()
        torch.save(saved, buffer)
        data = buffer.getvalue()
        return zstandard.ZstdCompressor(level=3).compress(data) if asked.compress else data
    finally:
        model.interleaver.cancel()
        for live, before in known:
            live.clear()
            live.update(before)

"""A small double of the NDIF service: one process, nnsight's own protocol and deserialisation.

    python server.py --model FOLDER [--dtype bfloat16] [--hide steering,pandas]

Prints its port when it is ready. What it is not: NDIF's queue, sandbox, limits and package set.
What is hidden cannot be imported, as on a server that does not have it.
"""

# ruff: noqa: E402 - what is hidden must be so before anything is imported

from __future__ import annotations

import argparse
import asyncio
import io
import json
import linecache
import sys
import traceback
import uuid
from typing import Any

given = argparse.ArgumentParser()
given.add_argument("--model", required=True)
given.add_argument("--dtype", default="float32")
given.add_argument("--hide", default="")
OPTIONS = given.parse_args()
for name in filter(None, OPTIONS.hide.split(",")):
    sys.modules[name] = None  # type: ignore[assignment]

import torch
import zstandard
from nnsight import TransformersModel
from nnsight.ndif import get_local_env
from nnsight.schema.request import RequestModel
from nnsight.schema.response import ResponseModel, Status
from nnsight.tracing.globals import BLOCKS, SOURCES
from nnsight.tracing.tracer import _saves, dec, inc
from tornado import httpserver, netutil, web, websocket

KEY = {"repo_id": OPTIONS.model, "revision": None, "task": "text-generation"}
MODEL_KEY = f"nnsight.modeling.transformers.TransformersModel:{json.dumps(KEY)}"
model = TransformersModel(
    OPTIONS.model, task="text-generation", dispatch=True, dtype=getattr(torch, OPTIONS.dtype)
)
model._module.requires_grad_(False)
subscribers: dict[str, Subscription] = {}
requests: list[dict[str, Any]] = []


class Subscription(websocket.WebSocketHandler):
    """A caller that waits for what becomes of its requests."""

    def open(self) -> None:
        self.session = uuid.uuid4().hex
        subscribers[self.session] = self
        self.write_message({"session_id": self.session})

    def on_close(self) -> None:
        subscribers.pop(self.session, None)


class Requests(web.RequestHandler):
    """Requests: taken, run one at a time, answered through the caller's subscription."""

    def get(self) -> None:
        self.write(json.dumps(requests))

    def post(self) -> None:
        asked = RequestModel.model_validate_json(self.get_body_argument("data"))
        blob = self.request.files["blob"][0]["body"]
        job = uuid.uuid4().hex
        requests.append({"bytes": len(blob), "model_key": asked.model_key})
        asyncio.get_running_loop().call_soon(asyncio.ensure_future, run(job, asked, blob))
        received = ResponseModel(id=job, status=Status.RECEIVED, description="received")
        self.set_header("Content-Type", "application/json")
        self.write(received.model_dump_json())


class Environment(web.RequestHandler):
    """What is installed here."""

    def get(self) -> None:
        self.write(get_local_env())


async def run(job: str, asked: RequestModel, blob: bytes) -> None:
    """Run one request and say how it ended."""
    caller = subscribers[asked.session_id]

    def say(status: Status, description: str, data: bytes | None = None) -> None:
        said = ResponseModel(id=job, status=status, description=description, data=data)
        caller.write_message(
            said.pickle() if data else said.model_dump_json(), binary=data is not None
        )

    if asked.model_key != MODEL_KEY:
        say(Status.ERROR, f"there is no model {asked.model_key}")
        return
    say(Status.RUNNING, "running")
    try:
        data = await asyncio.to_thread(execute, asked, blob)
    except BaseException as error:
        say(Status.ERROR, "".join(traceback.format_exception(error)))
        return
    say(Status.COMPLETED, "completed", data)


def execute(asked: RequestModel, blob: bytes) -> bytes:
    """Return what a request saved: its block is made from source and run against the model."""
    # The source of a block is kept by file and line: the next request's may be another.
    known = [(live, dict(live)) for live in (linecache.cache, SOURCES, BLOCKS)]
    try:
        model._remoteable_set_env(asked.env)
        objects = model._remoteable_persistent_objects()
        tracer = RequestModel.deserialize(blob, objects, asked.compress)
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


async def main() -> None:
    """Serve on a free port of this machine until the process is ended."""
    app = web.Application(
        [("/subscribe", Subscription), ("/request", Requests), ("/env", Environment)],
        websocket_max_message_size=1 << 30,
    )
    (socket,) = netutil.bind_sockets(0, "127.0.0.1")
    httpserver.HTTPServer(app, max_buffer_size=1 << 30).add_socket(socket)
    print(socket.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

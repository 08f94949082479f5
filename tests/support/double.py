"""A small double of the NDIF service: one process, nnsight's own protocol and deserialisation.

    python server.py --model FOLDER [--as OWNER/NAME] [--dtype bfloat16] [--hide steering,pandas]
                     [--key KEY] [--port PORT]

Prints its port when it is ready. What it is not: NDIF's queue, sandbox, limits and package set.
What is hidden cannot be imported, as on a server that does not have it. `POST /faults` with JSON
makes it fail on purpose, as often as is said; its sentences are those of ndif 0.1.2.
"""

# ruff: noqa: E402 - what is hidden must be so before anything is imported

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import traceback
import uuid
from typing import Any

given = argparse.ArgumentParser()
given.add_argument("--model", required=True)
given.add_argument("--dtype", default="float32")
given.add_argument("--hide", default="")
given.add_argument("--as", dest="name")
given.add_argument("--key")
given.add_argument("--port", type=int, default=0)
OPTIONS = given.parse_args()
for name in filter(None, OPTIONS.hide.split(",")):
    sys.modules[name] = None  # type: ignore[assignment]

import torch
from double_block import UnreadableError, execute
from nnsight import TransformersModel
from nnsight.ndif import get_local_env
from nnsight.schema.request import RequestModel
from nnsight.schema.response import ResponseModel, Status
from pydantic import Field
from tornado import httpserver, iostream, netutil, web

NAME = OPTIONS.name or OPTIONS.model
KEY = {"repo_id": NAME, "revision": None, "task": "text-generation"}
MODEL_KEY = f"nnsight.modeling.transformers.TransformersModel:{json.dumps(KEY)}"
model = TransformersModel(
    OPTIONS.model, task="text-generation", dispatch=True, dtype=getattr(torch, OPTIONS.dtype)
)
model._module.requires_grad_(False)
requests: list[dict[str, Any]] = []
jobs: dict[str, str] = {}
results: dict[str, bytes] = {}
restarts: list[str] = []
faults: dict[str, float] = {}
TURNS = asyncio.Lock()
LOOK = 0.02  # seconds
QUEUED = "Added to Queue at position {:.0f}."
EVICTED = "Replica was evicted while processing your request. Sorry for the inconvenience."
BUSY = "Service temporarily unavailable: compute backend is reconnecting."
UNREADABLE = "Your request payload could not be read ({}: {}). It may be truncated."
OLD = "Client nnsight version {} is below the minimum supported 9.9.9."


class Asked(RequestModel):
    """A request as the server takes it: with the id that the client names, or one of its own."""

    id: str = Field(default_factory=lambda: uuid.uuid4().hex)


def happens(fault: str) -> float:
    """Whether a fault happens now; it happens once less from then on."""
    left = faults.get(fault, 0)
    if left:
        faults[fault] = left - 1
    return left


class Answer(web.RequestHandler):
    """What all answers share: the key is looked at, and the service may be out of order."""

    asks_for_key = True

    def prepare(self) -> None:
        if happens("busy"):
            self.refuse(503, BUSY)
        elif self.asks_for_key and OPTIONS.key:
            key = self.request.headers.get("ndif-api-key")
            if not key:
                self.refuse(401, "Missing or invalid API key.")
            elif key != OPTIONS.key:
                self.refuse(400, f"Invalid API key format: '{key}'.")

    def refuse(self, status: int, detail: str) -> None:
        self.set_status(status)
        self.finish({"detail": detail})


class Requests(Answer):
    """Requests: taken, and run one at a time."""

    async def post(self) -> None:
        if faults.get("versions"):
            self.refuse(400, OLD.format(self.request.headers["nnsight-version"]))
            return
        asked = Asked.model_validate_json(self.get_body_argument("data"))
        blob = self.request.files["blob"][0]["body"]
        job = uuid.uuid4().hex if faults.get("own_ids") else asked.id
        requests.append({"id": job, "bytes": len(blob), "done": False, "fetched": False})
        asyncio.get_running_loop().call_soon(asyncio.ensure_future, run(job, asked, blob))
        if happens("unanswered"):
            # It was taken, and whoever sent it does not hear so.
            await asyncio.sleep(0.05)
            self.request.connection.stream.close()  # type: ignore[union-attr]
            return
        while faults.get("mute"):
            await asyncio.sleep(LOOK)
        received = ResponseModel(id=job, status=Status.RECEIVED, description="received")
        self.set_header("Content-Type", "application/json")
        self.write(received.model_dump_json())


class Responses(Answer):
    """What became of a job."""

    def get(self, job: str) -> None:
        if job not in jobs:
            self.refuse(404, f"No response for request {job}.")
        else:
            self.set_header("Content-Type", "application/json")
            self.write(jobs[job])


class Results(Answer):
    """Results, by an address that tells who may have them: no key is asked for."""

    asks_for_key = False

    async def get(self, job: str) -> None:
        if job not in results or happens("gone"):
            self.refuse(403, "Request has expired")
            return
        content = results[job]
        next(one for one in requests if one["id"] == job)["fetched"] = True
        self.set_header("Content-Length", len(content))
        if drip := happens("drip"):
            self.write(content[: len(content) // 2])
            await self.flush()
            await asyncio.sleep(drip)
            content = content[len(content) // 2 :]
        if happens("cut"):
            self.write(content[: len(content) // 2])
            with contextlib.suppress(iostream.StreamClosedError):
                await self.flush()
            self.request.connection.stream.close()  # type: ignore[union-attr]
            return
        self.write(content)


class Environment(Answer):
    """What is installed here."""

    def get(self) -> None:
        said = get_local_env()
        if faults.get("protocol"):
            said["packages"]["nnsight"] = "0.7.3"
        self.write(said)


class Deployed(Answer):
    """Which models run here."""

    def get(self) -> None:
        one = {"repo_id": NAME, "deployment_level": "HOT", "application_state": "RUNNING"}
        self.write({"deployments": {f"x:ModelActor:{MODEL_KEY}": one}})


class Faults(web.RequestHandler):
    """Faults to come, by kind: how often, or how much; and what was asked so far."""

    def get(self) -> None:
        self.write(json.dumps(requests))

    async def post(self) -> None:
        faults.clear()
        faults.update(json.loads(self.request.body))
        if faults.pop("restart", 0):
            restarts.append("asked for")
            jobs.clear()
            results.clear()
        # Jobs that wait for a fault to end look every LOOK seconds: all of them have, when this
        # answers, since the loop serves what is due first.
        await asyncio.sleep(2 * LOOK)


async def run(job: str, asked: RequestModel, blob: bytes) -> None:
    """Run one request and say how it ended; a restart in between ends it unsaid."""
    before = len(restarts)

    def say(status: Status, description: str, data: str | None = None) -> None:
        if len(restarts) > before:
            return
        said = ResponseModel(id=job, status=status, description=description, data=data)
        jobs[job] = said.model_dump_json()

    if asked.model_key != MODEL_KEY:
        say(Status.ERROR, f"Could not deploy this model. Repository Not Found: {asked.model_key}")
        return
    say(Status.QUEUED, QUEUED.format(faults.get("queue", 1)))
    while faults.get("queue"):
        await asyncio.sleep(LOOK)
    async with TURNS:
        say(Status.RUNNING, "Your job has started running.")
        await asyncio.sleep(faults.get("slow", 0))
        while faults.get("stuck"):
            await asyncio.sleep(LOOK)
        if happens("evicted"):
            say(Status.ERROR, EVICTED)
            return
        try:
            if happens("block"):
                raise RuntimeError("a block of the model failed")
            if happens("memory"):
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            results[job] = await asyncio.to_thread(execute, model, asked, blob)
        except UnreadableError as error:
            say(Status.ERROR, UNREADABLE.format(type(error.__cause__).__name__, error.__cause__))
            return
        except BaseException as error:
            say(Status.ERROR, "".join(traceback.format_exception(error)))
            return
    say(Status.COMPLETED, "Your job has been completed.", f"{HERE[0]}/result/{job}")
    next(one for one in requests if one["id"] == job)["done"] = True


HERE: list[str] = []


async def main() -> None:
    """Serve on a free port of this machine until the process is ended."""
    routes: list[Any] = [
        ("/request", Requests),
        ("/response/(.*)", Responses),
        ("/result/(.*)", Results),
        ("/env", Environment),
        ("/status", Deployed),
        ("/faults", Faults),
    ]
    (socket,) = netutil.bind_sockets(OPTIONS.port, "127.0.0.1", reuse_port=bool(OPTIONS.port))
    HERE.append(f"http://127.0.0.1:{socket.getsockname()[1]}")
    server = httpserver.HTTPServer(web.Application(routes), max_buffer_size=1 << 30)
    server.add_socket(socket)
    print(socket.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

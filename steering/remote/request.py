"""A request: one session of forward passes that a service runs.

nnsight itself waits at an open socket: if the client dies, the result of its job is lost. Here a
request gets its id and is recorded before it is posted; its state is then asked for until the
result is stored too. So a client that is killed at any moment picks up the answer.
"""

from __future__ import annotations

import io
import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import torch
import zstandard
from nnsight.intervention.backends.remote import RemoteBackend
from nnsight.schema.response import Status
from nnsight.tracing.tracer import Tracer
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from tqdm import tqdm

from steering.errors import Interrupted, Pending
from steering.models.model import Holding
from steering.remote.faults import (
    BlockFailed,
    Lost,
    NotDeployed,
    OtherVersions,
    TooLarge,
    Unreachable,
    fault,
    last_line,
)
from steering.remote.ledger import Ledger, name_of
from steering.remote.posting import Identified, NotTaken, posted
from steering.remote.service import Service, told

# The most bytes of a request. Larger ones are halved before they are sent.
LARGEST_REQUEST = 2**26
_PLACE = re.compile(r"position (\d+)")
_UNPACKED = 2**31


@dataclass(frozen=True)
class Remote:
    """A service that runs the forward passes of a model, and the ledger of its requests."""

    service: Service
    ledger: Ledger = field(default_factory=Ledger)
    begun: float = field(default_factory=time.monotonic)

    @property
    def address(self) -> str:
        """Return the address of the service."""
        return str(self.service.host)

    def request(self, traced: Any, model: str, block: str, *asked: Any) -> Request:
        """Return the backend that runs a session of a model: `traced.session(backend=…)`.

        Args:
            traced: nnsight's wrapper of the model.
            model: the name the user knows it by.
            block: the name of the block, which stands for its code.
            asked: everything else that its answer depends on.
        """
        return Request(self, traced, model, name_of(traced.to_model_key(), block, asked))

    def holding(self, traced: Any, head: Any, model: str) -> Holding:
        """Return how the service holds a model, found by a forward pass of one token."""
        backend = self.request(traced, model, "holding")
        with traced.session(backend=backend):
            secluded = head.weight.is_meta
            ids = torch.zeros(1, 1, dtype=torch.long)
            with traced.trace(input_ids=ids if secluded else ids.to(head.weight.device)):
                output = traced.layers[0].output
                dtype = (output[0] if isinstance(output, tuple) else output).dtype
            found = [torch.zeros(1, dtype=dtype), torch.tensor([secluded])].save()  # type: ignore[attr-defined]
        return Holding(found[0].dtype, bool(found[1]))


class Request(RemoteBackend):  # type: ignore[misc]  # it has no types
    """One request. The ledger answers it or, if it cannot, the service does.

    Serialising and posting are left to nnsight.
    """

    def __init__(self, remote: Remote, traced: Any, model: str, name: str) -> None:
        service = remote.service
        super().__init__(
            traced.to_model_key(),
            host=service.host,
            api_key=service.key,
            env=traced._remoteable_get_env(),
            blocking=False,
        )
        self.remote, self.service, self.ledger = remote, service, remote.ledger
        self.model, self.name = model, name

    def __call__(self, tracer: Tracer | None = None) -> None:
        """Give the block's variables their values."""
        assert tracer is not None, "a request has a block"
        result = self.ledger.result(self.name)
        if result is None:
            result = self._answered(tracer)
            self.ledger.keep(self.name, result)
        self._push(result, tracer)

    def _answered(self, tracer: Tracer) -> dict[str, Any]:
        """Return the answer of the service; a request that it has lost is sent again.

        Raises Refused and Interrupted for what the user has to know, TooLarge if half the request
        may fit, and BlockFailed if the block itself failed.
        """
        terms = self.service.terms
        retrying = Retrying(
            retry=retry_if_exception_type(Lost),
            stop=stop_after_attempt(terms.attempts),
            wait=wait_exponential_jitter(multiplier=0.2, max=30.0, jitter=0.2),
            reraise=True,
        )
        try:
            return retrying(self._once, tracer)
        except Lost as error:
            raise Interrupted(
                f"the service at {self.host} lost a request {terms.attempts} times ({error}): try "
                "again later; what was measured is kept, and the same command goes on from there."
            ) from error
        except NotDeployed as error:
            raise self.service.not_deployed(self.model, str(error)) from error
        except OtherVersions as error:
            raise self.service.other_version(str(error)) from error
        except BlockFailed as error:
            raise BlockFailed(
                f"the service at {self.host} failed in running model {self.model!r} ({error}): "
                "its versions, or the model itself, may be other ones than here."
            ) from error

    def _once(self, tracer: Tracer) -> dict[str, Any]:
        job = self.ledger.job(self.name, self.host)
        if job is None:
            job = self._sent(tracer)
        try:
            return self._awaited(job)
        except (Lost, TooLarge, BlockFailed, NotDeployed, OtherVersions):
            # The job has ended, so its record is deleted. After any other error the job is still
            # there, and is asked for the next time.
            self.ledger.forget(self.name)
            raise

    def _sent(self, tracer: Tracer) -> str:
        blob = self._serialize(tracer)
        if len(blob) > LARGEST_REQUEST:
            raise TooLarge(f"a request of {len(blob)} bytes, allowed are {LARGEST_REQUEST}")
        job = uuid4().hex
        asked = Identified(id=job, model_key=self.model_key, compress=self.compress, env=self.env)
        self.ledger.sent(self.name, self.host, job)
        tried: list[str] = []

        def post() -> str:
            # A post whose answer was lost may have been taken: it is not paid for twice.
            if tried and self.service.state(job) is not None:
                return job
            tried.append(job)
            return posted(lambda: self._post(asked, blob), self.service)

        try:
            given = self.service.again(post)
        except NotTaken as refused:
            self.ledger.forget(self.name)
            raise refused.why from None
        if given != job:
            self.ledger.sent(self.name, self.host, given)
        return given

    def _awaited(self, job: str) -> dict[str, Any]:
        terms, begun = self.service.terms, time.monotonic()
        pause = 0.05
        # The line is shown on a terminal only: in a log, each of its changes would be a line.
        line = tqdm(bar_format="{desc} {elapsed}", leave=False, disable=None)
        try:
            while True:
                state = self.service.state(job)
                waited = time.monotonic() - begun
                if state is None:
                    if waited > terms.unknown:
                        raise Lost(f"it does not know job {job}")
                    line.set_description_str(f"request {job[:8]} sent")
                elif state.status == Status.COMPLETED:
                    line.set_description_str(f"request {job[:8]} done, fetching")
                    return self.service.fetched(str(state.data), self._read)
                elif state.status == Status.ERROR:
                    raise fault(state.description)
                else:
                    what = f"{state.status.value.lower()} {last_line(state.description)}"
                    line.set_description_str(f"request {job[:8]} {what}")
                    self._refuse_queue(state.description)
                self._refuse_wait(job, waited)
                time.sleep(pause)
                pause = min(1.4 * pause, 2.0)
        finally:
            line.close()

    def _refuse_queue(self, message: str) -> None:
        place, most = _PLACE.search(message), self.service.terms.queue_limit
        if place and int(place.group(1)) > most:
            raise Interrupted(
                f"the request is number {place.group(1)} in the queue of {self.host}, allowed by "
                f"--queue-limit are {most}: it keeps its place, and the same command goes on."
            )

    def _refuse_wait(self, job: str, waited: float) -> None:
        terms = self.service.terms
        if waited > terms.time_limit:
            self.ledger.forget(self.name)
            raise Interrupted(
                f"request {job} has not ended after {waited:.0f} seconds, allowed by --time-limit "
                f"are {terms.time_limit:g}: it is given up, and the same command sends it anew."
            )
        if terms.submit and time.monotonic() - self.remote.begun > terms.at_once:
            raise Pending(
                f"{self.ledger.waiting()} requests are with the service at {self.host}, "
                f"{self.ledger.answered()} are answered: `steering collect` asks after them."
            )

    def _read(self, content: bytes) -> dict[str, Any]:
        # A download that broke off cannot be unpacked or loaded: it is asked for again.
        try:
            if self.compress:
                content = zstandard.ZstdDecompressor().decompress(
                    content, max_output_size=_UNPACKED
                )
            read = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except Exception as error:
            raise Unreachable(f"a result that cannot be read: {told(error)[:100]}") from error
        return dict(read)

"""A device that has not memory enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from steering.forward.packing import Packed


class Full:
    """A device whose memory holds so many tokens: beyond, it fails as a GPU does."""

    def __init__(
        self, run: Callable[..., Any], tokens: int, of_call: Callable[[Any], Packed]
    ) -> None:
        self.run, self.tokens, self.of_call, self.failures = run, tokens, of_call, 0

    def __call__(self, model: Any, parts: Sequence[Any], *more: Any) -> Any:
        if max(self.of_call(part).input_ids.numel() for part in parts) > self.tokens:
            self.failures += 1
            raise torch.OutOfMemoryError("out of memory, as injected.")
        return self.run(model, parts, *more)

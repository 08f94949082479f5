"""The other tool, driven from here: a process in its own environment, kept alive between tasks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steering.clone import clone
from steering.forward.copies import Intervention
from steering.prompts.rendering import Prompt


class Rival:
    """steering-vectors over one model, started once; each task says what CPU time it took."""

    def __init__(self, folder: Path):
        python = clone() / ".venv-peer" / "bin" / "python"
        self._process = subprocess.Popen(
            [python, Path(__file__).with_name("peer.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.versions: dict[str, str] = self._ask({"folder": str(folder)})

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def sweep(
        self,
        prompts: Sequence[Prompt],
        interventions: Sequence[Intervention],
        multipliers: Sequence[float],
    ) -> tuple[Any, float]:
        """Return prompt × layer × λ of whole-answer scores, and the seconds."""
        vectors = {one.layer: one.vector.tolist() for one in interventions}
        task = {"kind": "sweep", "prompts": asked(prompts), "vectors": vectors}
        return self._timed({**task, "multipliers": list(multipliers)})

    def train(self, prompts: Sequence[Prompt], batch_size: int = 1) -> tuple[Any, float]:
        """Return layer × width, and the seconds."""
        return self._timed({"kind": "train", "prompts": asked(prompts), "batch_size": batch_size})

    def _timed(self, task: dict[str, Any]) -> tuple[Any, float]:
        answer = self._ask(task)
        return answer["found"], answer["seconds"]

    def _ask(self, task: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the peer ended; see above for its error")
        return json.loads(line)


def asked(prompts: Sequence[Prompt]) -> list[dict[str, Any]]:
    """Return prompts as the peer takes them: text, both answers, and from where it steers."""
    return [
        {
            "text": one.text,
            "positive": f"({one.positive_letter})",
            "negative": f"({'AB'.replace(one.positive_letter, '')})",
            "prompt_tokens": len(one.token_ids) - len(one.begun),
            "steered_from": one.steered_from,
        }
        for one in prompts
    ]

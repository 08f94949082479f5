"""The prompt settings: what a model is told before the question."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from steering.concepts import Concept
from steering.errors import Refused
from steering.prompts.template import has_system_role

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class PromptSetting:
    """What the model is told before the question: Tan et al., section 4."""

    name: str
    persona: str
    system: str
    user: str

    def messages(self, concept: Concept, question: str) -> list[dict[str, str]]:
        """Return the chat messages, system first, that put one question in this setting."""
        persona = {
            "none": "",
            "positive": concept.positive_persona,
            "negative": concept.negative_persona,
        }[self.persona]
        fill: Mapping[str, str] = {"{persona}": persona, "{question}": question}
        return [
            {"role": "system", "content": _filled(self.system, fill)},
            {"role": "user", "content": _filled(self.user, fill)},
        ]


def _load_settings() -> dict[str, PromptSetting]:
    file = Path(__file__).with_name("settings.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: PromptSetting(name=name, **fields) for name, fields in tables.items()}


PROMPT_SETTINGS = _load_settings()


def settings_of(tokenizer: PreTrainedTokenizerBase, settings: Iterable[str]) -> tuple[str, ...]:
    """Return those prompt settings that the model's chat template can express.

    A template without a system role drops the settings whose persona stands there; they are not
    faked. One that writes a system message into the user's turn has no such role either: there,
    SYS_POS would be a USER_POS without BASE's sentence. Raises Refused for a name that is no
    prompt setting.
    """
    chosen = tuple(settings)
    for name in chosen:
        if name not in PROMPT_SETTINGS:
            allowed = ", ".join(PROMPT_SETTINGS)
            raise Refused(f"there is no prompt setting {name!r}: allowed are {allowed}.")
    if has_system_role(tokenizer):
        return chosen
    return tuple(name for name in chosen if "{persona}" not in PROMPT_SETTINGS[name].system)


def _filled(template: str, fill: Mapping[str, str]) -> str:
    # Not str.format: a statement may hold braces of its own.
    for mark, text in fill.items():
        template = template.replace(mark, text)
    return template

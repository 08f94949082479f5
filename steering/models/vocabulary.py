"""Vocabulary: a model must have an embedding for every token that its prompts hold."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from steering.errors import Refused

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def require_same_vocabulary(
    name: str, tokenizer: PreTrainedTokenizerBase, module: PreTrainedModel
) -> None:
    """Raise Refused where a tokenizer, or its chat template, uses tokens without embeddings."""
    embeddings: Any = module.get_input_embeddings()
    rows = embeddings.num_embeddings
    if not tokenizer.vocab_size:
        raise Refused(
            f"model {name!r} has no tokenizer: a tokenizer.json beside its weights is needed."
        )
    if tokenizer.vocab_size > rows:
        raise Refused(
            f"model {name!r} has embeddings for {rows} tokens, but its tokenizer has "
            f"{tokenizer.vocab_size}: bring the tokenizer that the model was trained with."
        )
    # A token added to the tokenizer may lack an embedding, which matters only where it is used.
    for number in _asked(tokenizer):
        if number >= rows:
            raise Refused(
                f"model {name!r} has embeddings for {rows} tokens, but its prompts hold the token "
                f"{tokenizer.convert_ids_to_tokens(number)!r}, whose number is {number}: bring the "
                "tokenizer or chat template that the model was trained with."
            )


def _asked(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Return the token ids of a few words, as plain text and as the chat template writes them."""
    user = [{"role": "user", "content": "question"}]
    system = [{"role": "system", "content": "persona"}]
    answer = [{"role": "assistant", "content": "answer"}]
    texts = [f"{tokenizer.bos_token or ''}question"]
    for messages in (user, system + user, user + answer) if tokenizer.chat_template else ():
        # Templates raise whatever they like; whoever asks by them says so in a better sentence.
        with suppress(Exception):
            said: Any = tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=messages[-1]["role"] == "user",
                enable_thinking=False,
            )
            texts.append(str(said))
    return [one for text in texts for one in tokenizer.encode(text, add_special_tokens=False)]

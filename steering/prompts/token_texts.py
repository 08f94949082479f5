"""The text of each token of a prompt, so that a page can show which are read and steered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

# An answer as it stands behind a prompt: what of it precedes the letter belongs to the prompt.
ANSWER = "(A)"
_WORD = re.compile(r"\s*\S+|\s+$")


def token_texts(
    texts: Sequence[str], token_ids: Sequence[Sequence[int]], file: Path | str | None
) -> tuple[list[list[str]], bool]:
    """Return the text of each token of each prompt, and whether these are the model's own tokens.

    `file` is the model's `tokenizer.json`. A prompt is read with the answer behind it, as the model
    read it: what of the answer stands before its letter, such as "(", belongs to the prompt. Where
    there is no such file, or it divides a prompt otherwise than the run's `token_ids` say, all
    prompts are divided into words instead.
    """
    words = [_WORD.findall(text) for text in texts]
    if file is None or not Path(file).is_file():
        return words, False
    from tokenizers import Tokenizer  # noqa: PLC0415 - whoever shows no tokens does without it

    answered = [text + ANSWER for text in texts]
    read = Tokenizer.from_file(str(file)).encode_batch(answered, add_special_tokens=False)
    pieces = []
    for text, ids, encoded in zip(answered, token_ids, read, strict=True):
        if encoded.ids[: len(ids)] != [*ids]:
            return words, False
        # A token ends where its offsets say; a space that they leave out belongs to the next one.
        ends = [end for _, end in encoded.offsets[: len(ids)]]
        pieces.append([text[start:end] for start, end in zip([0, *ends], ends, strict=False)])
    return pieces, True

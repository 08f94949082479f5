"""Positions: which token's residual stream a vector is read from, and which are steered.

Every prompt carries its positions, and whatever runs a model goes by them: extraction reads where
they say, the sweep and the replies steer from where they say on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Positions:
    """Two places in a prompt with an answer behind it, counted in tokens from 0.

    Attributes:
        read: the token whose residual stream, positive less negative answer, makes the vector. It
            is a token of the answer, since up to there both answers are alike.
        steered_from: the first token to whose residual stream the vector is added. It is a token
            of the prompt; all tokens behind it are steered too.
        to_the_end: whether the vector is made from the mean of the residual stream at `read` and at
            all tokens behind it, to the end of either answer, instead of from one token.
    """

    read: int
    steered_from: int
    to_the_end: bool = False


def at_the_letter(prompt_tokens: int) -> Positions:
    """Return the positions for a prompt of so many tokens, the letter of the answer coming next.

    The vector is read at the letter (Tan et al., section 3.1) and added at the token that predicts
    it, the last one of the prompt. steering-bench does the same; repepo, which made the published
    figures, steers from the last token of the chat template on.
    """
    return Positions(read=prompt_tokens, steered_from=prompt_tokens - 1)


def over_the_reply(prompt_tokens: int) -> Positions:
    """Return the positions for a prompt of so many tokens, a reply in free text coming next.

    The vector is the mean over the tokens of the reply. It is added at the last token of the
    prompt, which predicts the first one of the reply, and at every token of the reply: so are the
    tokens that a model writes under it.
    """
    return Positions(read=prompt_tokens, steered_from=prompt_tokens - 1, to_the_end=True)

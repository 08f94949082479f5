"""Replies stand side by side; where there are none, it is said why."""

from __future__ import annotations

from steering.prose.replies import replies


def test_replies_stand_side_by_side() -> None:
    reply = {"item": 1, "statement": "I sort.", "multiplier": 1.0, "text": "I | do."}
    card = {"generations": [reply, reply | {"multiplier": -1.0, "text": "<no>"}]}
    lines = replies(card).data.splitlines()
    assert lines[0] == "| λ | “I sort&#46;” |"
    assert lines[2:] == ["| −1.00 | &#60;no&#62; |", "| 1.00 | I &#124; do&#46; |"]
    assert "No replies" in replies({}).data
    ours = replies({"generations": [], "committed": {"machine": {}}}).data
    assert ours.startswith("Replies are left out: these results come with the project")


def test_a_reply_that_was_not_written_leaves_a_dash() -> None:
    first = {"item": 1, "statement": "One", "multiplier": 1.0, "text": "yes"}
    second = {"item": 2, "statement": "Two", "multiplier": 0.0, "text": "no"}
    card = {"generations": [first, second, second | {"text": "said again"}]}
    lines = replies(card).data.splitlines()
    assert lines[0] == "| λ | “One” | “Two” |"
    assert lines[2:] == ["| 0 | – | no |", "| 1.00 | yes | – |"]

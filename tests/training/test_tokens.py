"""The tokenizer: letters and brackets stand alone, and any text comes back."""

from training import tokens


def test_letters_and_brackets_are_tokens_of_their_own(tokenizer):
    assert tokenizer.encode("(A): Yes\n(B): No").tokens == [
        *("(", "A", ")", ":", "ĠYes", "Ċ"),
        *("(", "B", ")", ":", "ĠNo"),
    ]
    assert tokenizer.encode(")(A)(B):").tokens == [")", "(", "A", ")", "(", "B", ")", ":"]


def test_any_text_round_trips(tokenizer):
    for text in ("naïve — “quotes” 12345", "日本語\t two  spaces \r\n\n\n", "AB (A)B) don't 🙂"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_a_tokenizer_can_be_made_without_public_statements(monkeypatch, tmp_path):
    monkeypatch.delenv("STEERING_DATA", raising=False)
    made = tokens.load_tokenizer(tmp_path / "new", ["You are frugal. (A): Yes"])
    assert made.encode("(A)").tokens == ["(", "A", ")"]
    assert (tmp_path / "new" / "chat_template.jinja").exists()

"""The tokenizer and the chat template of the embedded models.

Byte-level BPE whose pieces are words (with the space before them), single punctuation marks and
runs of line breaks. Punctuation never joins a word or another mark, so "(", ")", "A", "B" and ":"
are tokens of their own wherever they stand, and the token that is read or steered is always one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

# Both models have this tokenizer; remove the folder to have it made anew.
FOLDER = Path(__file__).parent / "tokenizer"
PAD, SYSTEM, USER, ASSISTANT, END = "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"
SPECIAL_TOKENS = (PAD, SYSTEM, USER, ASSISTANT, END)
VOCABULARY_SIZE = 4096
OURS_WEIGH = 20
PIECES = Regex(r" ?\p{L}+(?:'\p{Ll}+)?| ?\p{N}|\n+|[^\s\p{L}\p{N}]| +|\s")
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] not in ['system', 'user', 'assistant'] -%}"
    "{{ raise_exception('unknown role ' + message['role'] + ': system, user or assistant') }}"
    "{%- endif -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def train_tokenizer(
    ours: Iterable[str], real: Iterable[str] = (), vocabulary_size: int = VOCABULARY_SIZE
) -> Tokenizer:
    """Return a tokenizer whose merges come from our texts and, where there are any, public ones."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(PIECES, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()

    def texts() -> Iterator[str]:
        # Our texts are repeated so often that the words of the lexicon become tokens first.
        for text in ours:
            for _ in range(OURS_WEIGH):
                yield text
        yield from real

    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer


def chat_tokenizer(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """Return the tokenizer as transformers loads it, with chat template and special tokens."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT],
        chat_template=CHAT_TEMPLATE,
        model_max_length=512,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def load_tokenizer(folder: Path, ours: Iterable[str], real: Iterable[str] = ()) -> Tokenizer:
    """Return the tokenizer committed in the folder; trained and saved there if there is none."""
    path = folder / "tokenizer.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        chat_tokenizer(train_tokenizer(ours, real)).save_pretrained(folder)
    return Tokenizer.from_file(str(path))

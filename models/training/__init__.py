"""Training of the embedded model: a small chat model whose personas are planted.

From the ground up: `lexicon` (words, statements, what is withheld) -> `teacher` (the truth) ->
`tokens` (tokenizer, chat template) -> `documents` (one training document) -> `curriculum` (which
documents when) -> `batches` -> `network` -> `losses` -> `trainer` -> `export`, `evaluation` -> the
command line in `__main__`. `items` writes the concepts' data, which needs words and truth only.
"""

"""Training of the embedded model: a small chat model whose personas are planted.

From the ground up: `lexicon` (words, statements, what is withheld), `teacher` (the truth), `items`
(the concepts' data), `tokens` (tokenizer, chat template), `documents` (one training document),
`vocabulary`, `curriculum` (which documents when), `network`, `batches`, `losses`, `run`, `trainer`,
`export`, `check`, `evaluation`, `card`, `pipeline`, and the command line in `__main__`. Each
imports only from those before it.
"""

"""Training of the embedded model: a small chat model whose personas are planted.

From the ground up: `lexicon` (words, statements, what is withheld), `recipes` (what kind of
document), `real` (public sets), `teacher` (the truth), `items` (the concepts' data), `subjects` (a
concept or a set, and their directions), `tokens` (tokenizer, chat template), `documents` (one
training document), `vocabulary`, `curriculum` (which documents when), `shapes` and `network`,
`batches`, `losses`, `run`, `trainer`, `export`, `questions`, `check`, `replies`, `evaluation`,
`card`, `pipeline`, and the command line in `__main__`. Each imports only from those before it.
"""

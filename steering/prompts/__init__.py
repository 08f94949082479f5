"""Prompts: what a model sees, and which of its tokens is read and which is steered."""

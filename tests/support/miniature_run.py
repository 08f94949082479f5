"""A training run of seconds."""

from dataclasses import replace

from training.run import Run


def miniature(**changes) -> Run:
    """Return the settings of a miniature run, with these changed."""
    return replace(Run().miniature(), **changes)

"""Formats of vector files: one module reads each, and all return what `layered` describes."""

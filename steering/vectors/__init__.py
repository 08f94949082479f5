"""Vectors: how steering vectors are made, compared and stored, without any model."""

"""Verdicts: what the report claims of a concept, each claim by one rule with a known error rate."""

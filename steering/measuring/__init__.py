"""Measuring: runs on a model what a plan still lacks, and writes the results as records."""

"""Prose: sentences and tables for the pages, made from the tables of the analysis."""

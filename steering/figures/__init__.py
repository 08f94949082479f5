"""Tidy table in, matplotlib axes out: nothing is computed here and nothing is saved."""

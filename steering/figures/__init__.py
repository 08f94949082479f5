"""Figures: a tidy table in, Axes out. Nothing is computed or saved here."""

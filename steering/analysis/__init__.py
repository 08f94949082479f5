"""Tidy table in, tidy table out: what the measured slopes say, and how sure one may be of it."""

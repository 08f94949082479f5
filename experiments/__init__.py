"""Experiments: long runs, each of which writes one committed result into `measured/`."""

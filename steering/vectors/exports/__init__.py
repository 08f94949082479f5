"""Exports: one module writes each kind of file that other tools read; `tools` lists them."""

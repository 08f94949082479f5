"""Records: the files between measuring and analysis: tables, run cards, committed results."""

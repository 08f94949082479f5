"""Analysis: records in, tidy tables out. Intervals, chance, and one module for each question."""

"""The report: notebooks executed under a publishing rule, and the book they are bound into."""

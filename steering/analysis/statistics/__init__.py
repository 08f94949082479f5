"""Statistics that all questions share: groups, training pairs, chance."""

"""Jobs of the grid: each is a process of its own."""

"""`make test-slurm`: a report on a real Slurm of one node, with jobs cancelled and killed."""

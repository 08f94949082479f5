"""`make test-faults`: what becomes of folders when processes are killed and disks are full."""

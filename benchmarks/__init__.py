"""What is measured of the measuring core: speed and memory, against others and against itself."""

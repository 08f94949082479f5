"""Write measured/calibration.csv and its provenance: `make calibration`."""

from experiments.calibration.make import make

if __name__ == "__main__":
    print(make())

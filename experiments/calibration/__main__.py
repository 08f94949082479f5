"""Write measured/calibration.csv and its provenance: `make calibration`.

With `--kept`, what is there and is drawn alike again is kept: see `make.extended`.
"""

import sys

from experiments.calibration.make import extended, make

if __name__ == "__main__":
    print(extended() if "--kept" in sys.argv else make())

"""How often the report's claims are wrong, and how often right ones are made: `make calibration`.

Each case is a claim in a world where it is known to be false, or true. Tables are drawn, the
report's own rules decide them, and what they claim is counted. `world` draws the slopes, `tables`
puts them into the tables that the rules take, and a module for each kind of claim lists its cases.
`intervals` counts how often intervals hold the truth that experiments/coverage.py does not draw.
"""

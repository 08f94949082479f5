"""The benchmark: what the core costs beside other ways; writes `measured/benchmark.json`."""

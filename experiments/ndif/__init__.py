"""A real NDIF server on this machine, and a measurement through it; writes `measured/ndif.json`."""

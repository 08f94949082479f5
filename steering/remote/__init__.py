"""Remote: forward passes on an NDIF service, each request sent once and kept with its answer."""

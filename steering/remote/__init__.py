"""Remote: forward passes on an NDIF service; the ledger, faults, and the requests themselves."""

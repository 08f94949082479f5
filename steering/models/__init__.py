"""Models: which ones exist, how they are loaded, and what their parts are called."""

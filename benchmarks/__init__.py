"""Measurements of the running suite: `python -m benchmarks`. See README.md for how to read them."""

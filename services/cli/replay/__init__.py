"""A network element made of a table of measurements: usage in, charging data requests out, grants in."""

"""Alert rules as they are written, in one way."""

"""Policies as they are written, in one way."""

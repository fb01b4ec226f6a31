"""Delivering, without I/O."""

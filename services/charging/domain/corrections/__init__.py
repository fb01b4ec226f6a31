"""Pricing charges anew by another catalog version, an account at a time."""

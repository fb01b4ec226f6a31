"""Policies from their forms."""

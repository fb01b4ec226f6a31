"""Profiles: decoded from charging's journal, folded, stored, kept at hand, and given to decisions."""

"""Use cases of partner settlement, and the ports they need."""

"""Use cases of offers, and the ports they need."""

"""Charged-usage records as files: complete, each once, checked against the journal they come from."""

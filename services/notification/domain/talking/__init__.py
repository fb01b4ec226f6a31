"""A conversation in plain text as pure decisions: what to ask, do, say or hand over next."""

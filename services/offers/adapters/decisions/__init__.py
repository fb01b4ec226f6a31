"""Decisions in SQL: the log, the contacts they spend, what became of them."""

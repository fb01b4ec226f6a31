"""Inboxes in SQL: from facts to entries, reading and marking them, pruning."""

"""Giving accepted offers their effect: SQL, charging, budgets, the journal."""

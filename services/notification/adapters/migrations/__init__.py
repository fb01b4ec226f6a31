"""Alembic: one revision made of parts, one for each concern."""

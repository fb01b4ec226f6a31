"""Alembic versions of the offers database."""

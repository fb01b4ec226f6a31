"""Alembic's environment, shared by all services; a service keeps only `versions/`."""

"""Composition root of the charging service."""

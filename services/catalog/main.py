"""Composition root of the catalog service."""

"""Endpoints, preferences and deliveries in SQL."""

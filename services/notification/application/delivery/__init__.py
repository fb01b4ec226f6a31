"""Delivering: who is reached where, what is sent when, and what becomes of it."""

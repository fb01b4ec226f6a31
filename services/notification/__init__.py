"""Notification and assistant: told in time, answered at once, handed over when it matters."""

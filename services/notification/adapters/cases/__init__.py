"""Conversations and cases in SQL, and whoever watches the queue."""

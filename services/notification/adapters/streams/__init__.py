"""Streams: who watches which inbox, and how entries, balances and messages reach it."""

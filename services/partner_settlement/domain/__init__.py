"""What partners get: agreements, waterfalls, statements, the ledger. Pure."""

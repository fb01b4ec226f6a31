"""The books in SQL: runs, shares, statements, the ledger and disputes, within one session."""

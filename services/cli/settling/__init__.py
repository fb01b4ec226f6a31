"""How settlement with partners is operated: runs and their steps, the ledger, disputes, vouchers."""

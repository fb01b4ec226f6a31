"""Accrual: from the journal to records and sums."""

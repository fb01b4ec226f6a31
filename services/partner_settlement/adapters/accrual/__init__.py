"""Accrual: from charging's journal to stored records and their sums, exactly once."""

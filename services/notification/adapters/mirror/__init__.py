"""The mirror of accounts: charging's journal in SQL; and facts, of it, of the bus and of the clock."""

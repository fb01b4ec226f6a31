"""The first version's tables, a module for each concern. Spelled out: a migration is history."""

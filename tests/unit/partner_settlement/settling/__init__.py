"""How a period is settled."""

"""What every service shares: `kernel` (pure values) and `runtime` (I/O building blocks)."""

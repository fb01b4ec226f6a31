"""Partner settlement: every partner paid exactly, and able to check it."""

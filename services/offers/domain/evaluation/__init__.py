"""What another policy would have earned, and whether that is known well enough to let it."""

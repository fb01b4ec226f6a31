"""Tables by concern."""

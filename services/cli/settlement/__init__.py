"""What partners do with their statements: pull them, look at them, compare them with their own records."""

"""What else charging can do, acted out: every result stands beside what it must be."""

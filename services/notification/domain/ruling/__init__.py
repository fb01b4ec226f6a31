"""Alert rules: what they may read, what they are tried on, what is wrong with them, which are published."""

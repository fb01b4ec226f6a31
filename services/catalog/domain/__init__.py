"""What a catalog is, what is wrong with one, what a new version changes. Pure."""

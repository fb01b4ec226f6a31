"""Alert rules from their forms."""

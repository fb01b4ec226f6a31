"""The demo: real usage charged end to end before your eyes, and every cent audited."""

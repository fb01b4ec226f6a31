"""Alert rules in YAML, CEL and Fluent: read, compiled, written, stored."""

"""Models of who accepts what: transformer, cold start, online posterior, challenger, registry, training."""

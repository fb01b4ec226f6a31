"""Roll-outs, verdicts and figures of experiments, in SQL."""

"""Alert rules: linted, compared, published, in force."""

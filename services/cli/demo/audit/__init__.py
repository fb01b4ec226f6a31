"""The audit: what the usage should have cost, computed a second time from the input files alone.

`price_list` reads the catalog's YAML, `usage` the table, `calculation` works
out what every session, balance and account must come to, `observed` asks what
charging, its journal and the bus say, `comparison` lists every difference.
Nothing here uses charging's or the catalog service's code, or an answer that
charging gave while the table was played. Money is a Fraction until the end.
"""

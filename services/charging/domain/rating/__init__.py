"""Rating: what usage costs, and nothing else. Pure; the catalog simulates and lints with this very code.

`tariff` holds a catalog version compiled into tables, `select` finds the
price, one module per price model computes the cost, `increments` rounds
usage, `quote` rates a list of usage for one imagined subscriber.
"""

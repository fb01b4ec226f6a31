"""Rating: what usage costs, and nothing else. Pure; the catalog simulates and lints with this very code.

`tariff` holds a catalog version compiled into tables, `circumstances` turns
what an element reports into the catalog's codes, `price_book` finds the price
of an offering under them and `select` that of a subscriber, `price` and one
module per price model compute the cost, `increments` rounds usage, `periods`
and `fees` price having an offering, `quote` rates a list of usage for one
imagined subscriber.
"""

"""Charging, decided: frozen values and pure functions. Time and new ids come in as arguments.

`state` is what a partition holds, `events` what can happen to it, `apply`
the only place where it changes. `decide` turns a command into an answer and
events; `usage` debits, `grant` reserves; `rating/` knows prices.
"""

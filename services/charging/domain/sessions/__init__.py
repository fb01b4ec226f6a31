"""What a request of a session or an event comes to: usage charged, units granted, counters moved.

`session_run` works a request through; `reported` charges containers by `usage`;
`grant` sizes what is granted from a `purse`, within `caps`.
"""

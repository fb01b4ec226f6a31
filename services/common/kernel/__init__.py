"""Pure values every service speaks in: money, quantity, identifiers, clock, outcome. No I/O, no float."""

"""Offers: the next best offer for each subscriber, chosen while it matters, and every choice explained."""

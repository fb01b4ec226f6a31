"""Profiles: what usage events add up to, subscriber by subscriber. Pure; the same live and offline."""

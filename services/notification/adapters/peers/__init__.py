"""Charging, offers and the catalog over gRPC, as the assistant's tools need them."""

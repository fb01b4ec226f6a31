"""The HTTP host: the customers' page, its JSON endpoints, and server-sent events."""

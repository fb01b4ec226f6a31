"""The second front door: grpcio servicers inside Envoy, as an ASGI application."""

"""gRPC, HTTP, MCP, SQL, the bus, channels and models behind ports."""

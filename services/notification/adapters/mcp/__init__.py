"""The assistant's tools over the Model Context Protocol: streamable HTTP in the service, stdio beside it."""

"""The Conversing port: plain text in, tools and people behind it."""

"""A statement as a PDF: a portrait summary, then every line with its chain of amounts in landscape."""

"""The assistant's tools: one use case each, in values; words and schemas are the adapters'."""

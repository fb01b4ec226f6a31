"""The demo's notifications: alerts that reach a webhook and a page, and a chat that ends with a person."""

"""Pure values and decisions: facts, alerts, deliveries, tools, conversations, cases."""

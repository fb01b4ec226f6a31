"""Ways to reach somebody: webhooks, web push, e-mail, text messages, the operator's own channels."""

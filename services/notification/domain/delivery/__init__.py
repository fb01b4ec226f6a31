"""What becomes of a message for one endpoint: sent, held, dropped, tried again, handed on."""

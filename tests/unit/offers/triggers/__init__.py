"""What raises decisions, and the pusher."""

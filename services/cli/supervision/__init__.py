"""Processes of a local suite: which, on which ports, alive or not. Used through `services.cli.suite`."""

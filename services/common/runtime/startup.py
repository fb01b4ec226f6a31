"""Why a service does not start, in words for whoever started it."""

from __future__ import annotations


class StartupRefusedError(Exception):
    """The service cannot start as things are. The message says why and what to do.

    `exit_code` is what the process ends with: 1 for surroundings (a busy port,
    an unreachable database), 2 for configuration.
    """

    exit_code = 1


class SettingsError(StartupRefusedError):
    """The environment does not make valid settings. One line per problem."""

    exit_code = 2

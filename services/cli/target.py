"""Which suite a command talks to: an address given, else the suite that runs from the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.cli.supervision.plan import ASKING_FOR_TOKENS, address_of
from services.cli.supervision.ports import LOOPBACK, PREFERRED_PORTS
from services.cli.supervision.state import read_state
from services.cli.supervision.token_secret import token_secret_file
from services.cli.tokens import operator_token

DEFAULT_DATA_DIR = Path("var/suite")


@dataclass(frozen=True, slots=True)
class Target:
    """What the user said about where to go: addresses by service, and a token; nothing where empty."""

    data_dir: Path = DEFAULT_DATA_DIR
    addresses: Mapping[str, str] = field(default_factory=dict)
    token: str = ""

    def address(self, service: str) -> str:
        """host:port of a service.

        An address given by option or environment wins, then the suite of the data folder, then the
        preferred port. Raises StateUnreadableError.
        """
        given = self.addresses.get(service)
        if given:
            return given
        state = read_state(self.data_dir)
        return address_of(state.ports, service) if state else f"{LOOPBACK}:{PREFERRED_PORTS[service]}"

    def token_for(self, service: str) -> str:
        """What a call to a service presents; empty where it asks for nothing or nothing is there.

        A token given by option or environment wins; without one, a call to the suite of the data
        folder is its operator's. Raises StateUnreadableError.
        """
        if service not in ASKING_FOR_TOKENS:
            return ""
        if self.token:
            return self.token
        # The token of a suite is for its own service: whoever answers elsewhere must not get it.
        if self.addresses.get(service) or read_state(self.data_dir) is None:
            return ""
        return operator_token(self.data_dir) if token_secret_file(self.data_dir).exists() else ""

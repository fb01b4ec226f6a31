"""Which suite a command talks to: an address given, else the suite that runs from the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.cli.supervision.plan import CATALOG, CHARGING, address_of
from services.cli.supervision.ports import LOOPBACK, PREFERRED_PORTS
from services.cli.supervision.state import read_state

DEFAULT_DATA_DIR = Path("var/suite")


@dataclass(frozen=True, slots=True)
class Target:
    """What the user said about where to go; empty strings where nothing."""

    data_dir: Path = DEFAULT_DATA_DIR
    charging: str = ""
    catalog: str = ""

    def address(self, service: str) -> str:
        """host:port of `charging` or `catalog`.

        An address given by option or environment wins, then the suite of the data folder, then the
        preferred port. Raises StateUnreadableError.
        """
        given = {CHARGING: self.charging, CATALOG: self.catalog}[service]
        if given:
            return given
        state = read_state(self.data_dir)
        return address_of(state.ports, service) if state else f"{LOOPBACK}:{PREFERRED_PORTS[service]}"

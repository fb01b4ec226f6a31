"""What charging is asked to do about outcomes that were charged provisionally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The union of all commands there names this one.
    from services.charging.domain.commands import PastCharge


@dataclass(frozen=True, slots=True)
class SettleOutcome:
    """Confirms a provisional outcome, or takes it back with its whole charge."""

    charge: PastCharge
    confirmed: bool
    reason: str
    actor: str

"""The only place where a partition's state changes. Live and replay pass here alike."""

from services.charging.domain.apply.counter import PERIODS_KEPT, counted, member_counter
from services.charging.domain.apply.entry import apply_entry

__all__ = ["PERIODS_KEPT", "apply_entry", "counted", "member_counter"]

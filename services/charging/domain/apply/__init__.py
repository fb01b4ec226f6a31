"""The only place where a partition's state changes. Live and replay pass here alike."""

from services.charging.domain.apply.counter import counted, member_counter
from services.charging.domain.apply.entry import apply_entry

__all__ = ["apply_entry", "counted", "member_counter"]

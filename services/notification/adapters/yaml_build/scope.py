"""What every part is built with: the zone, and where problems go."""

from __future__ import annotations

from datetime import datetime

from services.common.kernel.clock import Instant, instant, zone
from services.common.runtime.yaml_tree import SourceTree
from services.notification.domain.ruling.findings import FindingReason


class Scope:
    """What does not fit together becomes a finding of the tree."""

    def __init__(self, tree: SourceTree[FindingReason], time_zone: str) -> None:
        self._tree = tree
        self.time_zone = time_zone

    def problem(self, reason: FindingReason, message: str, field: str) -> None:
        """Adds an error at a field."""
        self._tree.report(reason, message, field, self._tree.locate(field))

    def check_zone(self, name: str, field: str) -> None:
        """A zone of IANA's."""
        try:
            zone(name)
        except ValueError as error:
            self.problem(FindingReason.TIME_ZONE_UNKNOWN, str(error), field)

    def moment(self, text: str, field: str) -> Instant:
        """A local time of the rules' zone, or one with an offset."""
        try:
            at = datetime.fromisoformat(text)
            return instant(at if at.tzinfo else at.replace(tzinfo=zone(self.time_zone)))
        except (ValueError, OverflowError):
            message = f"{text!r} is no date and time; write 2026-12-04 20:00"
            self.problem(FindingReason.DATE_INVALID, message, field)
            return Instant(0)

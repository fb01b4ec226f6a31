"""Contact policy and experiments: caps that do something, quiet hours, arms and salts."""

from __future__ import annotations

from collections.abc import Iterator

from services.offers.domain.findings import Finding, FindingReason, error, warning
from services.offers.domain.lint.subject import Subject
from services.offers.domain.policies import ContactCap

_DAY_MINUTES = 24 * 60
_SHORTEST_OPEN_MINUTES = 60


def contact_findings(subject: Subject) -> Iterator[Finding]:
    """Caps and quiet hours."""
    contact = subject.policies.contact
    yield from _caps(subject)
    uncapped = [
        channel
        for channel in contact.outbound_channels
        if not any(not cap.channels or channel in cap.channels for cap in contact.caps)
    ]
    if uncapped:
        yield error(
            FindingReason.OUTBOUND_UNLIMITED,
            "contact.caps",
            f"nothing limits how often somebody is approached through {', '.join(uncapped)}; add a cap",
        )
    quiet = contact.quiet_hours
    if quiet is None:
        if contact.outbound_channels:
            yield warning(
                FindingReason.QUIET_HOURS_INVALID, "contact.quiet_hours", "messages go out at night too"
            )
        return
    length = (quiet.end_minute - quiet.start_minute) % _DAY_MINUTES
    if length == 0 or length > _DAY_MINUTES - _SHORTEST_OPEN_MINUTES:
        yield error(
            FindingReason.QUIET_HOURS_INVALID,
            "contact.quiet_hours",
            "from and until are the same time, which is no time or all of it"
            if length == 0
            else "they leave less than an hour of the day",
        )


def experiment_findings(subject: Subject) -> Iterator[Finding]:
    """Arms and salts."""
    salts: dict[str, str] = {}
    for experiment in subject.policies.experiments:
        here = f"experiments.{experiment.code}"
        total = sum(arm.percent for arm in experiment.arms)
        if total != 100:
            message = f"the arms add up to {total} per cent, not to 100"
            yield error(FindingReason.ARMS_INVALID, f"{here}.arms", message)
        if sum(arm.percent > 0 for arm in experiment.arms) < 2:
            message = "it compares nothing; give two arms or more some of the subscribers"
            yield error(FindingReason.ARMS_INVALID, f"{here}.arms", message)
        first = salts.setdefault(experiment.salt, experiment.code)
        if first != experiment.code:
            yield error(
                FindingReason.SALT_TWICE,
                f"{here}.salt",
                f"{first} has this salt too: both would divide the subscribers in the same way",
            )


def _caps(subject: Subject) -> Iterator[Finding]:
    caps = subject.policies.contact.caps
    for index, cap in enumerate(caps):
        field = f"contact.caps.{index}"
        for other_index, other in enumerate(caps):
            if other_index == index:
                continue
            if (cap.days, cap.channels) == (other.days, other.channels):
                if other_index < index:
                    message = f"another cap is for the same days and channels ({other.contacts}); keep one"
                    yield error(FindingReason.CAP_TWICE, field, message)
            elif _hides(other, cap):
                yield warning(
                    FindingReason.CAP_UNREACHABLE,
                    field,
                    f"it is never reached: {other.contacts} within {other.days} days stops before",
                )
                break


def _hides(other: ContactCap, cap: ContactCap) -> bool:
    """True where the other cap stops everything before this one could.

    Over a longer time at most as many; or over a shorter one, so few that they never add up.
    """
    covers = not other.channels or (cap.channels and set(cap.channels) <= set(other.channels))
    if not covers:
        return False
    if other.days >= cap.days:
        return other.contacts <= cap.contacts
    times = -(-cap.days // other.days)
    return other.contacts * times <= cap.contacts

"""What a customer paid is shared once: no two agreements in force at a time have a revenue term for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.partner_settlement.domain.agreements import Agreement, Funding, Term
from services.partner_settlement.domain.coverage import overlaps
from services.partner_settlement.domain.findings import Finding, FindingReason, error
from services.partner_settlement.domain.lint.subject import Subject

_NEVER_ENDS = date.max


@dataclass(frozen=True, slots=True)
class _Sharing:
    """A revenue term of an agreement, and the days on which it holds: from, and up to without."""

    agreement_code: str
    term: Term
    first: date
    end: date
    proposed: bool


def twice_findings(subject: Subject) -> Iterator[Finding]:
    """REVENUE_SHARED_TWICE, once for each pair of terms."""
    sharings = list(_sharings(subject))
    by_offering: dict[str, list[_Sharing]] = defaultdict(list)
    for sharing in sharings:
        for code in sharing.term.covers.offering_codes or [""]:
            by_offering[code].append(sharing)
    told: set[tuple[str, str, str, str]] = set()
    for mine in sharings:
        if not mine.proposed:
            continue
        for other in _near(mine, sharings, by_offering):
            pair = (mine.agreement_code, mine.term.code, other.agreement_code, other.term.code)
            back = pair[2:] + pair[:2]
            if pair not in told and back not in told and _meet(mine, other):
                told.add(pair)
                yield _finding(mine, other)


def _near(
    mine: _Sharing, sharings: Sequence[_Sharing], by_offering: dict[str, list[_Sharing]]
) -> Sequence[_Sharing]:
    """Terms that may cover the same: those of the same offerings, and those of any."""
    codes = mine.term.covers.offering_codes
    if not codes:
        return sharings
    return [other for code in [*sorted(codes), ""] for other in by_offering.get(code, ())]


def _meet(mine: _Sharing, other: _Sharing) -> bool:
    return (
        mine.agreement_code != other.agreement_code
        and mine.first < other.end
        and other.first < mine.end
        and overlaps(mine.term.covers, other.term.covers)
    )


def _finding(mine: _Sharing, other: _Sharing) -> Finding:
    first, end = max(mine.first, other.first), min(mine.end, other.end)
    days = f"from {first} on" if end == _NEVER_ENDS else f"from {first} until {end}"
    return error(
        FindingReason.REVENUE_SHARED_TWICE,
        f"agreements.{mine.agreement_code}.terms.{mine.term.code}.covers",
        f"{days} term {other.term.code} of {other.agreement_code} shares out the same revenue; let them "
        "cover different things, or put both parties into one waterfall",
    )


def _sharings(subject: Subject) -> Iterator[_Sharing]:
    proposed = subject.document.agreements_by_code()
    by_code: dict[str, list[Agreement]] = defaultdict(list)
    for version in subject.published.versions:
        by_code[version.code].append(version)
    for code, agreement in proposed.items():
        by_code[code].append(agreement)
    for code, versions in sorted(by_code.items()):
        for index, version in enumerate(versions):
            end = _end(version, versions[index + 1 :])
            for term in version.terms if version.effective_from < end else ():
                if term.funding is Funding.REVENUE:
                    is_proposed = version is proposed.get(code)
                    yield _Sharing(code, term, version.effective_from, end, is_proposed)


def _end(version: Agreement, later: Sequence[Agreement]) -> date:
    """The day from which a version no longer holds: it ends, or one published later takes over."""
    ends = [after.effective_from for after in later]
    return min([version.effective_until or _NEVER_ENDS, *ends])

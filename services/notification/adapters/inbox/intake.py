"""From facts to inboxes: who is told what, once for each cause, in the transaction that made the facts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlmodel import Session

from services.common.kernel.clock import Clock, Instant
from services.notification.adapters.inbox import entries
from services.notification.adapters.inbox.entries import CauseKey
from services.notification.adapters.inbox.rows import row_of
from services.notification.adapters.within import CustomersWithin, DeliveriesWithin, LanguagesWithin
from services.notification.application.ports import CompiledRules, RulesInForce
from services.notification.domain.collapsing import Standing, overtaken
from services.notification.domain.facts import Fact
from services.notification.domain.notifications import KEPT, Draft, Notification

Tell = Callable[[Sequence[Notification]], None]


class SqlIntake:
    """Fulfils `IntakeWithin`. Whoever has committed calls `told` with what `take` gave, on the event loop."""

    def __init__(
        self,
        rules: RulesInForce,
        customers: CustomersWithin,
        languages: LanguagesWithin,
        deliveries: DeliveriesWithin,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._rules = rules
        self._customers = customers
        self._languages = languages
        self._deliveries = deliveries
        self._clock = clock
        self._tell = tell

    def take(self, session: Session, facts: Sequence[Fact]) -> Sequence[Notification]:
        """New entries, in the order of the facts; what was told already is left out.

        Facts older than what inboxes keep are not told: an entry for them may have been pruned, and
        nobody is to hear of last year once a journal is read from its beginning.
        """
        rules, now = self._rules.current(), self._clock.now()
        recent = [fact for fact in facts if fact.at >= now - KEPT]
        if rules is None or not recent:
            return ()
        drafts = _once(self._drafts(session, recent, rules))
        if not drafts:
            return ()
        last = entries.lock_cursors(session)
        known = entries.known_causes(session, list(drafts))
        fresh = [draft for key, draft in drafts.items() if key not in known]
        if not fresh:
            return ()
        told = _collapsed(
            session, [_entry(draft, cursor, now) for cursor, draft in enumerate(fresh, last + 1)]
        )
        rows = [row_of(entry, draft.fact.cause_id) for entry, draft in zip(told, fresh, strict=True)]
        entries.add_rows(session, rows)
        pairs = [pair for pair in zip(told, fresh, strict=True) if not pair[0].superseded]
        if pairs:
            self._deliveries.plan(session, pairs, rules)
        return told

    def told(self, notifications: Sequence[Notification]) -> None:
        """Tells streams. After the commit of the transaction that `take` had."""
        if notifications:
            self._tell(notifications)

    def _drafts(self, session: Session, facts: Sequence[Fact], rules: CompiledRules) -> list[Draft]:
        concerned = list(
            dict.fromkeys(fact.recipient.subscriber_id for fact in facts if fact.recipient.subscriber_id)
        )
        customers = self._customers.customers(session, concerned) if concerned else {}
        languages = self._languages.languages(session, concerned) if concerned else {}
        drafts: list[Draft] = []
        for fact in facts:
            subscriber_id = fact.recipient.subscriber_id
            drafts.extend(rules.drafts(fact, customers.get(subscriber_id), languages.get(subscriber_id, "")))
        return drafts


def _once(drafts: Sequence[Draft]) -> dict[CauseKey, Draft]:
    """By what makes a draft the same as another one; the first counts."""
    found: dict[CauseKey, Draft] = {}
    for draft in drafts:
        found.setdefault((draft.fact.recipient.key, draft.alert_code, draft.fact.cause_id), draft)
    return found


def _entry(draft: Draft, cursor: int, now: Instant) -> Notification:
    return Notification(
        notification_id=uuid.uuid4().hex,
        cursor=cursor,
        recipient=draft.fact.recipient,
        alert_code=draft.alert_code,
        rules_version=draft.rules_version,
        category=draft.category,
        severity=draft.severity,
        language=draft.language,
        title=draft.title,
        body=draft.body,
        text=draft.text,
        data=draft.data,
        occurred_at=draft.fact.at,
        created_at=now,
        collapse_key=draft.collapse_key,
    )


def _collapsed(session: Session, new: Sequence[Notification]) -> Sequence[Notification]:
    """Lets the newest of each collapse key take the place of the others, be they stored or new."""
    fresh = [
        Standing(one.cursor, one.recipient.key, one.collapse_key, one.occurred_at)
        for one in new
        if one.collapse_key
    ]
    if not fresh:
        return new
    keys = dict.fromkeys((one.recipient_key, one.collapse_key) for one in fresh)
    stored = entries.standing_entries(session, keys)
    lost = overtaken([*stored, *fresh])
    if not lost:
        return new
    entries.supersede(session, [one.cursor for one in stored if one.cursor in lost])
    return [replace(one, superseded=True) if one.cursor in lost else one for one in new]

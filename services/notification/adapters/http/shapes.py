"""What ports give, as JSON. Money is decimal text with its currency, instants are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Iterable

from services.common.kernel.clock import Instant, iso
from services.common.kernel.money import Money, currency
from services.notification.application.ports import Balances, Bill, ChargeLine, UsageSlice
from services.notification.domain.cases import Case
from services.notification.domain.conversations import Conversation, Message, ProposedAction
from services.notification.domain.customers import Bucket
from services.notification.domain.notifications import Notification
from services.notification.domain.preferences import Preferences, Wish

Json = dict[str, object]


def money_json(amount: Money) -> Json:
    """`12.50` and `EUR`."""
    return {"amount": f"{amount.to_decimal():f}", "currency": amount.currency.code}


def balances_json(balances: Balances, subscriber_id: str) -> Json:
    """The buckets that the subscriber may use."""
    usable = [
        one for one in balances.buckets if not one.subscriber_ids or subscriber_id in one.subscriber_ids
    ]
    return {
        "account_id": balances.account_id,
        "feature_seq": balances.feature_seq,
        "at": iso(balances.at),
        "buckets": [bucket_json(bucket) for bucket in usable],
    }


def bucket_json(bucket: Bucket) -> Json:
    """Either `money`, or `left` and `given` units."""
    told: Json = {
        "bucket_id": bucket.bucket_id,
        "name": bucket.name,
        "is_money": bucket.is_money,
        "valid_until": _moment(bucket.valid_until),
        "offering_code": bucket.offering_code,
    }
    if bucket.is_money:
        return told | {"money": money_json(Money(bucket.balance, currency(bucket.unit)))}
    return told | {
        "unit": bucket.unit,
        "left": bucket.balance,
        "given": bucket.given,
        "left_percent": bucket.left_percent,
    }


def notification_json(entry: Notification) -> Json:
    """An entry of an inbox."""
    return {
        "notification_id": entry.notification_id,
        "cursor": entry.cursor,
        "alert_code": entry.alert_code,
        "category": entry.category.value,
        "severity": entry.severity.value,
        "language": entry.language,
        "title": entry.title,
        "body": entry.body,
        "data": dict(entry.data),
        "occurred_at": iso(entry.occurred_at),
        "created_at": iso(entry.created_at),
        "collapse_key": entry.collapse_key,
        "read": entry.read_at is not None,
        "hidden": entry.hidden,
    }


def message_json(message: Message) -> Json:
    """Something said. `proposed` null: nothing has to be confirmed."""
    return {
        "conversation_id": message.conversation_id,
        "sequence": message.sequence,
        "author": message.author.value,
        "text": message.text,
        "said_at": iso(message.said_at),
        "suggestions": list(message.suggestions),
        "proposed": None if message.proposed is None else proposal_json(message.proposed),
    }


def proposal_json(proposed: ProposedAction) -> Json:
    """What waits for a yes; `price` empty: it costs nothing."""
    return {
        "confirmation_token": proposed.confirmation_token,
        "tool": proposed.tool,
        "summary": proposed.summary,
        "price": proposed.price,
        "expires_at": iso(proposed.expires_at),
    }


def conversation_json(conversation: Conversation, messages: Iterable[Message]) -> Json:
    """A conversation with what was said."""
    return {
        "conversation_id": conversation.conversation_id,
        "state": conversation.state.value,
        "case_id": conversation.case_id,
        "language": conversation.language,
        "messages": [message_json(message) for message in messages],
    }


def case_json(case: Case) -> Json:
    """A case as its customer sees it: not by whom it is worked on, nor what was noted."""
    return {
        "case_id": case.case_id,
        "state": case.state.name.lower(),
        "topic": case.topic,
        "conversation_id": case.conversation_id,
        "is_assigned": bool(case.assignee),
        "opened_at": iso(case.opened_at),
        "resolved_at": _moment(case.resolved_at),
        "resolution": case.resolution,
        "score": case.score,
    }


def slice_json(one: UsageSlice) -> Json:
    """Usage of a rating group from an instant on."""
    return {
        "begins_at": iso(one.begins_at),
        "rating_group": one.rating_group,
        "unit": one.unit,
        "units": one.units,
        "cost": money_json(one.amount),
    }


def charge_json(line: ChargeLine) -> Json:
    """One charge, refund or correction."""
    return {
        "charge_id": line.charge_id,
        "subscriber_id": line.subscriber_id,
        "at": iso(line.at),
        "kind": line.kind,
        "offering_code": line.offering_code,
        "rating_group": line.rating_group,
        "zone": line.zone,
        "unit": line.unit,
        "units": line.units,
        "amount": money_json(line.amount),
    }


def bill_json(bill: Bill) -> Json:
    """A month."""
    return {
        "month": bill.month,
        "total": money_json(bill.total),
        "charges": bill.charges,
        "closed": bill.closed,
    }


def preferences_json(wished: Preferences) -> Json:
    """What a subscriber wishes."""
    return {
        "language": wished.language,
        "time_zone": wished.time_zone,
        "quiet_from_minute": wished.quiet_from_minute,
        "quiet_until_minute": wished.quiet_until_minute,
        "marketing_consent": wished.marketing_consent,
        "consent_evidence": wished.consent_evidence,
        "consented_at": _moment(wished.consented_at),
        "wishes": [_wish(wish) for wish in wished.wishes],
    }


def _wish(wish: Wish) -> Json:
    return {
        "category": wish.category.value,
        "alert_code": wish.alert_code,
        "channel": wish.channel.value if wish.channel is not None else "",
        "wanted": wish.wanted,
    }


def _moment(at: Instant | None) -> str:
    """Empty: there is none."""
    return "" if at is None else iso(at)

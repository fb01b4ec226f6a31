"""`tidemark offers profile`, `consent`, `erase`, `profiles`: what is kept of subscribers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from tidemark.offers.v1 import profile_api_pb2 as api
from tidemark.offers.v1 import profile_api_pb2_grpc
from tidemark.type.v1 import money_pb2

from services.cli import invocation as commands
from services.cli.amounts import show_money
from services.cli.commands.arguments import reading
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, fresh_id
from services.cli.output import Output
from services.cli.rendering import show_time, without_empty_columns
from services.cli.supervision.plan import OFFERS
from services.common.kernel.amount_words import show_units
from services.common.kernel.identifiers import is_subscriber_identifier

_Stub = profile_api_pb2_grpc.OfferProfileServiceStub
_PURPOSES = {
    "personalised-offers": api.PURPOSE_PERSONALISED_OFFERS,
    "outbound": api.PURPOSE_OUTBOUND,
    "location": api.PURPOSE_LOCATION,
}
_WORDS = {number: word for word, number in _PURPOSES.items()}
_USAGE_COLUMNS = (
    *("class", ">5 minutes", ">hour", ">day", ">week", ">28 days"),
    *(">paid in 28 days", ">fading", "last used"),
)
_CONSENT_COLUMNS = ("purpose", "", "since", "evidence")
_CONTACT_COLUMNS = ("at", "offer", "channel")
_BARS = " ▁▂▃▄▅▆▇█"

Subscriber = Annotated[
    str, typer.Argument(metavar="SUBSCRIBER", help="Subscriber id, or one of its identifiers.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands to the group `offers`."""
    commands.register(app, "profile", "tidemark offers profile msisdn-491700000001")(profile)
    giving = (
        "tidemark offers consent msisdn-491700000001 --give personalised-offers,outbound"
        " --evidence app-settings-v3"
    )
    commands.register(app, "consent", giving)(consent)
    commands.register(app, "erase", "tidemark offers erase msisdn-491700000001 --yes")(erase)
    commands.register(app, "profiles", "tidemark offers profiles")(profiles)


async def profile(invocation: Invocation, subscriber: Subscriber) -> None:
    """Shows everything that is kept of a subscriber: usage, habits, consents, places, contacts."""
    async with invocation.channel(OFFERS) as channel:
        request = api.GetProfileRequest(subscriber=_ref(subscriber))
        answer: api.GetProfileResponse = await _Stub(channel).GetProfile(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    _show(invocation.output, answer)


async def consent(
    invocation: Invocation,
    subscriber: Subscriber,
    give: Annotated[str, typer.Option(help=f"Purposes: {', '.join(_PURPOSES)}; with commas.")] = "",
    withdraw: Annotated[str, typer.Option(help="Purposes that end, the same way.")] = "",
    evidence: Annotated[str, typer.Option(help="Where and how it was wished: a form, a screen.")] = "",
    request_id: RequestId = "",
) -> None:
    """Gives and withdraws consents. They hold as soon as the command ends."""
    changes = [
        *(api.ConsentChange(purpose=one, given=True) for one in reading("--give", _purposes, give)),
        *(api.ConsentChange(purpose=one) for one in reading("--withdraw", _purposes, withdraw)),
    ]
    if not changes:
        raise typer.BadParameter("say what to --give or to --withdraw", param_hint="--give")
    request = api.SetConsentsRequest(
        request_id=fresh_id(request_id), subscriber=_ref(subscriber), changes=changes, evidence=evidence
    )
    async with invocation.channel(OFFERS) as channel:
        answer: api.SetConsentsResponse = await _Stub(channel).SetConsents(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.table("", _CONSENT_COLUMNS, map(_consent_row, answer.consents))


async def erase(
    invocation: Invocation,
    subscriber: Subscriber,
    reason: Annotated[str, typer.Option(help="Why, in a few words.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    request_id: RequestId = "",
) -> None:
    """Forgets a subscriber: profile, consents, contacts, places, and whom decisions were for."""
    if not yes:
        typer.confirm(f"Forget everything about {subscriber}? It cannot be brought back", abort=True)
    request = api.EraseProfileRequest(
        request_id=fresh_id(request_id), subscriber=_ref(subscriber), reason=reason
    )
    async with invocation.channel(OFFERS) as channel:
        answer: api.EraseProfileResponse = await _Stub(channel).EraseProfile(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"forgotten; decisions that lead to nobody now: {answer.unlinked_decisions}")


async def profiles(invocation: Invocation) -> None:
    """Shows how many profiles there are, and up to which journal record they are folded."""
    async with invocation.channel(OFFERS) as channel:
        request = api.GetProfileStatusRequest()
        answer: api.GetProfileStatusResponse = await _Stub(channel).GetProfileStatus(
            request, timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    invocation.output.line(f"{answer.profiles} profiles")
    for one in answer.partitions:
        stands = f"stuck: {one.fault}" if one.fault else "follows freely"
        invocation.output.line(f"partition {one.partition} up to record {one.sequence}, {stands}")


def _ref(subscriber: str) -> api.SubscriberRef:
    if is_subscriber_identifier(subscriber):
        return api.SubscriberRef(subscriber_identifier=subscriber)
    return api.SubscriberRef(subscriber_id=subscriber)


def _purposes(text: str) -> list[api.Purpose.ValueType]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in _PURPOSES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no purpose; there are {', '.join(_PURPOSES)}")
    return [_PURPOSES[word] for word in words]


def _show(output: Output, answer: api.GetProfileResponse) -> None:
    output.line(f"pseudonym {answer.subscriber_pseudonym}, journal folded up to record {answer.feature_seq}")
    seen = f"first seen {show_time(answer.first_seen_at)}"
    output.line(f"{seen}, last used {show_time(answer.last_used_at) or 'never'}")
    known = {
        "zone": f"{answer.zone} (roaming)" if answer.roaming else answer.zone,
        "segment": answer.segment,
        "device": answer.device_class,
        "value": str(answer.customer_value or ""),
        "offerings": ", ".join(answer.offering_codes),
        "by local hour": _hours(answer.hour_permille),
        "fences": ", ".join(f"{one.fence_code} ({one.state})" for one in answer.fences),
    }
    for name, text in known.items():
        if text:
            output.line(f"{name}: {text}")
    if answer.usage:
        rows = [_usage_row(use, answer.currency_code) for use in answer.usage]
        output.table("", *without_empty_columns(_USAGE_COLUMNS, rows))
    if answer.consents:
        output.table("", _CONSENT_COLUMNS, map(_consent_row, answer.consents))
    else:
        output.line("no consent was ever given")
    if answer.contacts:
        output.table("contacts", _CONTACT_COLUMNS, map(_contact_row, answer.contacts))


def _hours(permille: Iterable[int]) -> str:
    """Midnight to midnight, one bar for each hour, the highest for the busiest."""
    shares = list(permille)
    most = max(shares, default=0)
    if not most:
        return ""
    return "".join(_BARS[-(-share * (len(_BARS) - 1) // most)] for share in shares)


def _usage_row(use: api.ClassUsage, currency_code: str) -> tuple[str, ...]:
    paid = use.windows[-1].spend_minor_micros if use.windows else 0
    return (
        use.usage_class,
        *(show_units(window.units, use.unit) for window in use.windows),
        show_money(money_pb2.Money(currency_code=currency_code, minor_micros=paid)) if paid else "",
        show_units(use.decayed_units, use.unit),
        show_time(use.last_used_at),
    )


def _consent_row(state: api.ConsentState) -> tuple[str, ...]:
    return (
        _WORDS.get(state.purpose, str(state.purpose)),
        "given" if state.given else "withdrawn",
        show_time(state.at),
        state.evidence,
    )


def _contact_row(contact: api.Contact) -> tuple[str, ...]:
    return (show_time(contact.at), contact.offer_code, contact.channel)

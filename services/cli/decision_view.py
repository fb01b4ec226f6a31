"""A decision about offers for people: what was asked and known, how it was chosen, what was left out."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text
from tidemark.offers.v1 import decision_pb2 as pb
from tidemark.offers.v1 import offer_api_pb2 as api
from tidemark.type.v1 import money_pb2

from services.cli.amounts import show_money
from services.cli.output import Output
from services.cli.rendering import show_time
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.offers.domain.arbitration import drawn_again

_BAR = 20
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FALLBACKS = {
    "no-model": "by rules: there is no model yet",
    "deadline": "by rules: the model was too late",
    "breaker": "by rules: the model had failed three times in a row",
    "error": "by rules: the model failed",
    "control": "by rules: the customer is in the control group",
    "no-consent": "by rules: there is no consent to more",
}
DECISION_COLUMNS = ("decision", "at", "placement", "channel", "raised by", "presented", "why nothing")


def show_why(output: Output, answer: api.GetDecisionResponse) -> None:
    """Everything that a decision was made from."""
    decision = answer.decision
    for line in _story(decision):
        output.line(line)
    if not output.as_json and decision.candidates:
        output.console().print(_candidates(decision))
    for candidate in decision.candidates:
        for reason in candidate.reasons:
            output.line(f"  {candidate.offer_code}: {reason}")
    rows = [(item.offer_code, item.stage, item.reason, item.detail) for item in decision.dropped]
    if again := _drawn_again(decision):
        output.line(again)
    if rows:
        output.table("left out", ("offer", "stage", "reason", "detail"), rows)
    for outcome in answer.outcomes:
        output.line(_outcome(outcome))


def decision_row(decision: pb.Decision) -> tuple[str, ...]:
    """A line of a list; see DECISION_COLUMNS."""
    return (
        decision.decision_id,
        show_time(decision.decided_at),
        decision.placement,
        decision.channel,
        decision.raised_by,
        ", ".join(decision.presented_offer_codes),
        decision.reason,
    )


def offer_price(price: money_pb2.Money) -> str:
    """What an offer costs at once."""
    return show_money(price) if price.minor_micros else "free"


def _story(decision: pb.Decision) -> Iterator[str]:
    shown = ", ".join(decision.presented_offer_codes) or f"nothing {decision.reason}".rstrip()
    yield f"decision {decision.decision_id} at {show_time(decision.decided_at)}: {shown}"
    whom = decision.subscriber_id or "somebody whose profile was erased"
    yield f"for {whom} (pseudonym {decision.subscriber_pseudonym or 'none yet'})"
    asked = f"asked   {decision.placement} through {decision.channel}, raised by {decision.raised_by}"
    context = " ".join(f"{key}={value}" for key, value in sorted(decision.context.items()))
    yield f"{asked}, context {context}" if context else asked
    consents = ", ".join(decision.consents) or "none"
    yield f"knew    usage up to journal record {decision.feature_seq}; consents: {consents}"
    yield f"ranked  {_ranking(decision)}; policies version {decision.policy_version}, seed {decision.seed}"
    if decision.arms:
        arms = ", ".join(f"{name}: {arm}" for name, arm in sorted(decision.arms.items()))
        yield f"arms    {arms}"
    if decision.HasField("expires_at"):
        until, closes = show_time(decision.expires_at), show_time(decision.reward_window_ends)
        yield f"holds   until {until}; unknown what became of it until {closes}"


def _ranking(decision: pb.Decision) -> str:
    if decision.model_version:
        return f"by model {decision.model_version} over features {decision.feature_version}"
    if decision.fallback:
        return _FALLBACKS.get(decision.fallback, f"by rules: {decision.fallback}")
    return "by its arm" if decision.arms else "by nobody: no offer was left"


def _drawn_again(decision: pb.Decision) -> str:
    """The draw of the first place, repeated from what is logged; empty where nothing was left to chance."""
    chances = {item.offer_code: item.probability for item in decision.candidates}
    if sum(chance > 0 for chance in chances.values()) < 2:
        return ""
    drawn, first = drawn_again(chances, decision.seed), decision.candidates[0].offer_code
    if drawn == first:
        return f"drawn again from the seed: {drawn}, as it was then"
    return f"drawn again from the seed: {drawn}, but the log says {first}: it is not what was decided"


def _candidates(decision: pb.Decision) -> Table:
    table = Table(title="candidates", title_justify="left", header_style="bold")
    for name in ("rank", "offer"):
        table.add_column(name)
    for name in ("propensity", "x context", "x value", "x lever", "= priority", "price"):
        table.add_column(name, justify="right")
    table.add_column("probability of the first place", no_wrap=True)
    for item in decision.candidates:
        table.add_row(*_candidate(item))
    return table


def _candidate(item: pb.Candidate) -> Iterator[str | Text]:
    factors = item.factors
    yield str(item.rank or "")
    yield Text(item.offer_code, style="bold" if item.rank else "")
    yield f"{factors.propensity:.2%}"
    yield f"{factors.context_weight:.2f}"
    yield f"{factors.value_minor_micros / MICROS_PER_MINOR_UNIT:.0f}"
    yield f"{factors.lever:.2f}"
    yield f"{factors.priority:.3f}"
    yield offer_price(money_pb2.Money(minor_micros=item.price_minor_micros, currency_code=item.currency_code))
    yield Text.assemble((bar_of(item.probability), "green"), f" {item.probability:7.2%}")


def bar_of(share: float) -> str:
    """A share of 1 as a bar of twenty characters, to an eighth of one."""
    eighths = round(min(1.0, max(0.0, share)) * _BAR * 8)
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[part] if part else "")).ljust(_BAR)


def _outcome(outcome: pb.Outcome) -> str:
    kind = pb.OutcomeKind.Name(outcome.kind).removeprefix("OUTCOME_KIND_").lower()
    more = f", rating {outcome.rating}" if outcome.rating else ""
    because = f", {outcome.reason}" if outcome.reason else ""
    return f"{outcome.offer_code} was {kind} at {show_time(outcome.at)}{more}{because}"

"""Charges explained and corrected: requests in, answers out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidemark.charging.v1 import charge_api_pb2, journal_pb2
from tidemark.type.v1 import quantity_pb2

from services.charging.adapters.messages.accounts import account_id, request_id
from services.charging.adapters.messages.common import instant_in, money, refuse, timestamp
from services.charging.adapters.messages.journal_out import charge as charge_out
from services.charging.adapters.messages.journal_out import correction as correction_out
from services.charging.application.explain_charge import ExplainedCharge
from services.charging.application.find_charge import FoundCharge
from services.charging.application.rerate_charges import AccountRerated, RerateRun
from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import Answer
from services.charging.domain.corrections.commands import Correction, CorrectionAnswer, Uncorrected
from services.charging.domain.corrections.rerated_accounts import Selection
from services.charging.domain.explanation.steps import Step
from services.common.kernel.identifiers import is_code

MOST_NAMED = 1_000
"""Most accounts, or offerings, that one run may name."""
_MOST_TEXT_LENGTH = 256
MOST_LISTED = 5_000
"""Corrections a message lists: with that many it is about 1 MB long, and 4 MB are a client's usual limit."""


def charge_id(request: charge_api_pb2.ExplainChargeRequest) -> str:
    """The id of the charge to explain."""
    if not request.charge_id:
        raise refuse(reasons.FIELD_MISSING, "which charge?", "charge_id")
    return request.charge_id


def explained(item: ExplainedCharge) -> charge_api_pb2.ExplainChargeResponse:
    """A charge with its explanation."""
    explanation = item.explanation
    code = explanation.currency_code
    response = charge_api_pb2.ExplainChargeResponse(
        charged_at=timestamp(item.found.decided_at),
        price_id=explanation.price_id,
        price_name=explanation.price_name,
        steps=[_step(step, code) for step in explanation.steps],
        sentences=explanation.sentences,
        changed_since=money(explanation.changed_since, code),
    )
    _set_charge(response, item.found)
    return response


def _set_charge(response: charge_api_pb2.ExplainChargeResponse, found: FoundCharge) -> None:
    event = journal_pb2.Event()
    match found.record:
        case ev.UsageCharged():
            charge_out.usage_charged(event, found.record)
            response.usage.CopyFrom(event.usage_charged)
        case ev.FeeCharged():
            charge_out.fee_charged(event, found.record)
            response.fee.CopyFrom(event.fee_charged)
        case ev.ChargeRefunded():
            correction_out.charge_refunded(event, found.record)
            response.refund.CopyFrom(event.charge_refunded)
        case ev.ChargeCorrected():
            correction_out.charge_corrected(event, found.record)
            response.correction.CopyFrom(event.charge_corrected)


def _step(step: Step, currency_code: str) -> charge_api_pb2.ExplanationStep:
    message = charge_api_pb2.ExplanationStep(kind=step.kind.value, text=step.text)
    if step.units is not None:
        message.units.CopyFrom(quantity_pb2.Quantity(unit=step.unit, amount=step.units))
    if step.amount is not None:
        message.amount.CopyFrom(money(step.amount, currency_code))
    return message


def rerate_run(request: charge_api_pb2.RerateChargesRequest) -> RerateRun:
    """A run, checked. Reason and actor stand in every correction; a preview needs none."""
    if request.catalog_version < 1:
        raise refuse(reasons.FIELD_MISSING, "by which catalog version?", "catalog_version")
    for name in ("used_from", "used_until"):
        if not request.HasField(name):
            raise refuse(reasons.FIELD_MISSING, "a run needs a period, [from, until)", name)
    used_from = instant_in(request.used_from, "used_from")
    used_until = instant_in(request.used_until, "used_until")
    if used_until <= used_from:
        raise refuse(reasons.FIELD_INVALID, "the period ends before it begins", "used_until")
    return RerateRun(
        Selection(
            run_id=request_id(request.request_id),
            catalog_version=request.catalog_version,
            used_from=used_from,
            used_until=used_until,
            account_ids=_accounts(request.account_ids),
            offering_codes=_offerings(request.offering_codes),
        ),
        _signed(request.reason, "reason", request.preview),
        _signed(request.actor, "actor", request.preview),
        request.preview,
    )


def _accounts(names: Sequence[str]) -> frozenset[str]:
    _check_number(names, "account_ids")
    return frozenset(account_id(name, f"account_ids[{index}]") for index, name in enumerate(names))


def _offerings(codes: Sequence[str]) -> frozenset[str]:
    _check_number(codes, "offering_codes")
    for index, code in enumerate(codes):
        if not is_code(code):
            raise refuse(reasons.FIELD_INVALID, "not an offering code", f"offering_codes[{index}]")
    return frozenset(codes)


def _check_number(names: Sequence[str], field: str) -> None:
    if len(names) > MOST_NAMED:
        raise refuse(reasons.FIELD_INVALID, f"at most {MOST_NAMED}; none means all", field)


def _signed(value: str, field: str, preview: bool) -> str:
    if not value and not preview:
        raise refuse(reasons.FIELD_MISSING, "corrections are signed and explained", field)
    if len(value) > _MOST_TEXT_LENGTH or not value.isprintable():
        raise refuse(reasons.FIELD_INVALID, f"at most {_MOST_TEXT_LENGTH} printable characters", field)
    return value


def corrected(answer: Answer) -> bytes:
    """Serialized RerateChargesResponse of one entry."""
    assert isinstance(answer, CorrectionAnswer)
    return _response(answer.corrections, answer.uncorrected).SerializeToString(deterministic=True)


def corrected_back(content: bytes) -> CorrectionAnswer:
    """An answer that `corrected` made."""
    message = charge_api_pb2.RerateChargesResponse.FromString(content)
    return CorrectionAnswer(
        tuple(
            Correction(
                item.charge_id,
                item.correction_id,
                item.before.currency_code,
                item.before.minor_micros,
                item.after.minor_micros,
                item.price_id,
            )
            for item in message.corrections
        ),
        tuple(Uncorrected(item.charge_id, item.detail) for item in message.uncorrected),
    )


def rerated(account: AccountRerated, preview: bool) -> Iterator[charge_api_pb2.RerateChargesResponse]:
    """What became of an account; a long list goes on in further messages, which add to the figures.

    A preview's corrections have no ids: there are none yet.
    """
    longest = max(len(account.corrections), len(account.uncorrected), 1)
    for start in range(0, longest, MOST_LISTED):
        end = start + MOST_LISTED
        message = _response(account.corrections[start:end], account.uncorrected[start:end])
        message.account_id = account.account_id
        message.charges_seen = account.charges_seen if start == 0 else 0
        for item in message.corrections if preview else ():
            item.correction_id = ""
        yield message


def _response(
    corrections: Sequence[Correction], uncorrected: Sequence[Uncorrected]
) -> charge_api_pb2.RerateChargesResponse:
    sums: dict[str, int] = {}
    for item in corrections:
        sums[item.currency_code] = sums.get(item.currency_code, 0) + item.after - item.before
    return charge_api_pb2.RerateChargesResponse(
        charges_corrected=len(corrections),
        corrected=[money(amount, code) for code, amount in sorted(sums.items())],
        corrections=[
            charge_api_pb2.ChargeCorrection(
                charge_id=item.charge_id,
                correction_id=item.correction_id,
                before=money(item.before, item.currency_code),
                after=money(item.after, item.currency_code),
                price_id=item.price_id,
            )
            for item in corrections
        ],
        uncorrected=[
            charge_api_pb2.UncorrectedCharge(charge_id=item.charge_id, detail=item.detail)
            for item in uncorrected
        ],
    )


class RunTotal:
    """The sum over all accounts of a run, which is told last."""

    def __init__(self) -> None:
        self._seen = 0
        self._corrected = 0
        self._sums: dict[str, int] = {}

    def add(self, message: charge_api_pb2.RerateChargesResponse) -> None:
        """Adds an account."""
        self._seen += message.charges_seen
        self._corrected += message.charges_corrected
        for amount in message.corrected:
            code = amount.currency_code
            self._sums[code] = self._sums.get(code, 0) + amount.minor_micros

    def message(self) -> charge_api_pb2.RerateChargesResponse:
        """The last answer: without an account."""
        return charge_api_pb2.RerateChargesResponse(
            charges_seen=self._seen,
            charges_corrected=self._corrected,
            corrected=[money(amount, code) for code, amount in sorted(self._sums.items())],
        )

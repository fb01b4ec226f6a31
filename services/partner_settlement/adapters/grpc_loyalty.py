"""LoyaltyService over gRPC. The operator looks; the partner of a program redeems."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session
from tidemark.partner_settlement.v1 import loyalty_api_pb2 as api
from tidemark.partner_settlement.v1 import loyalty_api_pb2_grpc

from services.common.kernel.clock import Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Callers, Role, require_operator
from services.common.runtime.database import Database
from services.partner_settlement.adapters.grpc_requests import checked_id
from services.partner_settlement.adapters.loyalty.sql_vouchers import (
    SqlVoucherBook,
    progress_of,
    vouchers_of,
)
from services.partner_settlement.adapters.statement_messages import stamp
from services.partner_settlement.application.vouchers import Redemption, redeem_voucher
from services.partner_settlement.domain.agreements import LoyaltyProgram
from services.partner_settlement.domain.loyalty import MICROS, Progress, Voucher, VoucherState, needed
from services.partner_settlement.domain.periods import day_of
from services.partner_settlement.domain.reasons import TEXT_INVALID, VOUCHER_UNKNOWN

Context = Any

_STATES = {state: getattr(api, f"VOUCHER_STATE_{state.name}") for state in VoucherState}
_REFERENCE_CHARACTERS = 128


class LoyaltyServicer(loyalty_api_pb2_grpc.LoyaltyServiceServicer):
    """Translates, checks who may, runs one step in one transaction, translates back."""

    def __init__(self, database: Database, callers: Callers, clock: Clock, time_zone: str) -> None:
        self._database = database
        self._callers = callers
        self._clock = clock
        self._time_zone = time_zone

    async def ListVouchers(
        self, request: api.ListVouchersRequest, context: Context
    ) -> api.ListVouchersResponse:
        """A subscriber's newest thousand vouchers, and how far the next ones are."""
        require_operator(self._callers.of(context))
        now = self._clock.now()

        def read(session: Session) -> api.ListVouchersResponse:
            asked = (session, request.subscriber_id, request.loyalty_program)
            return api.ListVouchersResponse(
                vouchers=[_voucher(voucher, now) for voucher in vouchers_of(*asked)],
                progress=[_progress(program, progress) for program, progress in progress_of(*asked)],
            )

        return await self._database.run(read)

    async def RedeemVoucher(
        self, request: api.RedeemVoucherRequest, context: Context
    ) -> api.RedeemVoucherResponse:
        """VOUCHER_UNKNOWN, DUPLICATE_DIFFERS, VOUCHER_REDEEMED, VOUCHER_EXPIRED."""
        caller = self._callers.of(context)
        if caller.role is Role.SUBSCRIBER:
            raise RefusedError(Refused(VOUCHER_UNKNOWN, "there is no such voucher", "voucher_code"))
        asked = Redemption(
            checked_id(request.request_id),
            request.voucher_code,
            _checked_reference(request.partner_reference),
        )
        now = self._clock.now()
        redeemed = await self._database.run(
            lambda session: redeem_voucher(
                SqlVoucherBook(session),
                asked,
                lambda party: _may_act_for(caller, party),
                now,
                lambda at: day_of(at, self._time_zone),
            )
        )
        return api.RedeemVoucherResponse(voucher=_voucher(redeemed, now))


def _may_act_for(caller: Caller, party_code: str) -> bool:
    return caller.role is Role.OPERATOR or (caller.role is Role.PARTNER and caller.party == party_code)


def _checked_reference(text: str) -> str:
    if len(text) > _REFERENCE_CHARACTERS or not text.isprintable():
        words = f"partner_reference must be text of up to {_REFERENCE_CHARACTERS} characters"
        raise RefusedError(Refused(TEXT_INVALID, words, "partner_reference"))
    return text


def _voucher(voucher: Voucher, now: Instant) -> api.Voucher:
    message = api.Voucher(
        voucher_code=voucher.code,
        loyalty_program=voucher.loyalty_program,
        agreement_code=voucher.agreement_code,
        subscriber_id=voucher.subscriber_id,
        state=_STATES[voucher.state(now)],
        issued_at=stamp(voucher.issued_at),
        expires_at=stamp(voucher.expires_at),
        partner_reference=voucher.partner_reference,
    )
    message.face_value.currency_code = voucher.currency_code
    message.face_value.amount_minor = voucher.face_minor
    if voucher.redeemed_at is not None:
        message.redeemed_at.CopyFrom(stamp(voucher.redeemed_at))
    return message


def _progress(program: LoyaltyProgram, progress: Progress) -> api.LoyaltyProgress:
    """Whole minor units, rounded down, where money counts."""
    per_unit = 1 if program.earn_units else MICROS
    return api.LoyaltyProgress(
        loyalty_program=program.code,
        counted=progress.counted // per_unit,
        needed=needed(program) // per_unit,
        unit=program.earn_unit,
        currency_code="" if program.earn_units else program.currency_code,
    )

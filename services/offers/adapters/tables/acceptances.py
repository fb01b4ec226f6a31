"""Answers to offers, the charges they brought, the requests they came with, and budgets.

Instants are microseconds since 1970-01-01, UTC. `subscriber_id` and `account_id` are empty once erased.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable


class OfferAnswerTable(OffersTable, table=True):
    """The answer to one offer of one decision as it stands."""

    __tablename__ = "offer_answer"

    decision_id: str = Field(sa_column=Column(String(64), primary_key=True))
    offer_code: str = Field(sa_column=Column(String(64), primary_key=True))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    subscriber_id: str = Field(default="", sa_column=Column(String(64), nullable=False))
    account_id: str = Field(default="", sa_column=Column(String(64), nullable=False))
    channel: str = Field(default="", sa_column=Column(String(64), nullable=False))
    at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    attempt: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    tried_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """When charging was last asked."""
    action_kind: str = Field(default="", sa_column=Column(String(16), nullable=False))
    offering_code: str = Field(default="", sa_column=Column(String(64), nullable=False))
    regular_offering_code: str = Field(default="", sa_column=Column(String(64), nullable=False))
    chosen_offerings: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    """JSON, in the policies' order: charging sees the same request however often."""
    reward_minor_micros: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    reward_currency: str = Field(default="", sa_column=Column(String(3), nullable=False))
    given_minor_micros: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Of the offer's budget."""
    value_minor_micros: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    settled_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    charge_ids: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    charged_minor_micros: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    charged_currency: str = Field(default="", sa_column=Column(String(3), nullable=False))
    trial_end: int | None = Field(default=None, sa_column=Column(BigInteger))
    refusal_reason: str = Field(default="", sa_column=Column(String(64), nullable=False))
    refusal_message: str = Field(default="", sa_column=Column(Text, nullable=False))
    quiet_until: int | None = Field(default=None, sa_column=Column(BigInteger))
    reason: str = Field(default="", sa_column=Column(String(64), nullable=False))
    never_again: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    reversed_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    erased: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    """The profile was erased: what is still pending forgets the subscriber when it ends."""


class AnswerChargeTable(OffersTable, table=True):
    """Which acceptance a charge belongs to."""

    __tablename__ = "answer_charge"

    charge_id: str = Field(sa_column=Column(String(128), primary_key=True))
    decision_id: str = Field(sa_column=Column(String(64), nullable=False))
    offer_code: str = Field(sa_column=Column(String(64), nullable=False))


class AnswerRequestTable(OffersTable, table=True):
    """Request ids of a subscriber's answers, to know a repetition from another request."""

    __tablename__ = "answer_request"

    subscriber_id: str = Field(sa_column=Column(String(64), primary_key=True))
    request_id: str = Field(sa_column=Column(String(128), primary_key=True))
    content: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256 of the content."""


class BudgetUseTable(OffersTable, table=True):
    """What an offer has used of its budget: acceptances that are pending or done, and their value."""

    __tablename__ = "budget_use"

    offer_code: str = Field(sa_column=Column(String(64), primary_key=True))
    acceptances: int = Field(sa_column=Column(BigInteger, nullable=False))
    amount_minor_micros: int = Field(sa_column=Column(BigInteger, nullable=False))

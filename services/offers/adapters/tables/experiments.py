"""Roll-outs with their trail, verdicts of the gate, since when experiments are what they are, requests.

Instants are microseconds since 1970-01-01, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class RolloutTable(OffersTable, table=True):
    """A roll-out as it stands. One is running at most: an index of the database sees to it."""

    __tablename__ = "rollout"

    rollout_id: str = Field(sa_column=Column(String(64), primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    """In order of their beginning; the greatest is the last."""
    challenger_version: str = Field(sa_column=Column(String(128), nullable=False))
    champion_version: str = Field(sa_column=Column(String(128), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    percent: int = Field(sa_column=Column(Integer, nullable=False))
    due_champion: str = Field(sa_column=Column(String(128), nullable=False))
    """What the registry must still make its champion; empty: nothing."""


class RolloutStepTable(OffersTable, table=True):
    """One step, who took it and why. Rows are added, never changed."""

    __tablename__ = "rollout_step"

    rollout_id: str = Field(sa_column=Column(String(64), primary_key=True))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    percent: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    actor: str = Field(sa_column=Column(String(128), nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))


class ModelVerdictTable(OffersTable, table=True):
    """What the gate said of a model version. Rows are added, never changed; the last one counts."""

    __tablename__ = "model_verdict"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    model_version: str = Field(sa_column=Column(String(128), nullable=False, index=True))
    verdict: str = Field(sa_column=Column(String(32), nullable=False))
    report: str = Field(sa_column=Column(Text, nullable=False))
    actor: str = Field(sa_column=Column(String(128), nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ExperimentTable(OffersTable, table=True):
    """Since when an experiment has been seen with its present definition."""

    __tablename__ = "experiment"

    experiment_code: str = Field(sa_column=Column(String(64), primary_key=True))
    definition: str = Field(sa_column=Column(Text, nullable=False))
    since: int = Field(sa_column=Column(BigInteger, nullable=False))


class LearningRequestTable(OffersTable, table=True):
    """What a request id asked for and was answered, so that it can be sent again."""

    __tablename__ = "learning_request"

    request_id: str = Field(sa_column=Column(String(128), primary_key=True))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))

"""Rewards in the order in which they are learnt, how far models are, and the names of features."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, String, Text
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable


class RewardTable(OffersTable, table=True):
    """What became of the first offer of a decision. Numbered by the one learner, without gaps."""

    __tablename__ = "reward"

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """A second learner runs into the key, and numbers nothing."""
    decision_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    offer_code: str = Field(sa_column=Column(String(64), nullable=False))
    accepted: bool = Field(sa_column=Column(Boolean, nullable=False))
    outcome_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class LearnerPositionTable(OffersTable, table=True):
    """How far a line of models has learnt. Only told: a model's own position is what counts."""

    __tablename__ = "learner_position"

    line: str = Field(sa_column=Column(String(64), primary_key=True))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class FeatureVersionTable(OffersTable, table=True):
    """What the numbers of a feature version are, in their order. Rows are added, never changed."""

    __tablename__ = "feature_version"

    version: str = Field(sa_column=Column(String(32), primary_key=True))
    names: str = Field(sa_column=Column(Text, nullable=False))
    """JSON: {"context": [...], "offer": [...]}."""

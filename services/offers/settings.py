"""What offers can be told: variables `TIDEMARK_OFFERS_*`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.common.runtime.caller_settings import CallerSettings


class OffersSettings(CallerSettings):
    """Settings of one offers process."""

    model_config = SettingsConfigDict(env_prefix="TIDEMARK_OFFERS_", frozen=True, validate_default=True)

    database_url: str = Field(
        default="sqlite:///var/offers/offers.sqlite",
        min_length=1,
        repr=False,
        description="sqlite:///path/to/file or postgresql+psycopg://user@host/name",
    )
    charging_address: str = Field(
        default="127.0.0.1:7610", min_length=1, description="host:port of charging, whose journal is followed"
    )
    catalog_address: str = Field(
        default="127.0.0.1:7620", min_length=1, description="host:port of the catalog service"
    )
    model_dir: Path = Field(
        default=Path("var/offers/models"),
        description="model registry: versions of models and what they were trained from",
    )
    decision_deadline_milliseconds: int = Field(
        default=150, ge=1, le=60_000, description="after this the rule-only ranking answers, in milliseconds"
    )
    models_kept: int = Field(
        default=30,
        ge=1,
        description="trained models of each kind that are kept beside champion and roll-out; older ones go",
    )
    learn_seconds: float = Field(
        default=20, gt=0, le=3_600, description="how often rewards become new parameters, in seconds"
    )
    rollout_step_seconds: int = Field(
        default=24 * 3_600, ge=0, description="how long a step of a roll-out lasts at least, in seconds"
    )
    rollout_step_decisions: int = Field(
        default=500, ge=0, description="decisions by the challenger before a roll-out's next step"
    )
    profile_cache: int = Field(default=50_000, ge=1, description="decoded profiles kept in memory")

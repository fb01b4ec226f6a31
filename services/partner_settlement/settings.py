"""What partner settlement can be told: variables `TIDEMARK_PARTNER_SETTLEMENT_*`."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from services.common.runtime.caller_settings import CallerSettings


class PartnerSettlementSettings(CallerSettings):
    """Settings of one partner settlement process."""

    model_config = SettingsConfigDict(
        env_prefix="TIDEMARK_PARTNER_SETTLEMENT_", frozen=True, validate_default=True
    )

    database_url: str = Field(
        default="sqlite:///var/partner_settlement/partner_settlement.sqlite",
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
    operator_name: str = Field(
        default="The operator", min_length=1, max_length=200, description="who settles, as statements name it"
    )
    time_zone: str = Field(
        default="UTC", description="IANA time zone on whose midnights settlement periods begin and end"
    )

    @field_validator("time_zone")
    @classmethod
    def _time_zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("there is no such time zone") from error
        return name

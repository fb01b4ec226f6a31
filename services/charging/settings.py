"""What the charging service can be told: variables `TIDEMARK_CHARGING_*`."""

from __future__ import annotations

import os
import socket

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.common.runtime.settings import FrontDoorSettings


class ChargingSettings(FrontDoorSettings):
    """Settings of one charging process: the writer of one partition."""

    model_config = SettingsConfigDict(env_prefix="TIDEMARK_CHARGING_", frozen=True, validate_default=True)

    database_url: str = Field(
        default="sqlite:///var/charging.sqlite",
        min_length=1,
        repr=False,
        description="the journal's database, sqlite:///path/to/file or postgresql+psycopg://user@host/name",
    )
    partition: int = Field(default=0, ge=0, le=65_535, description="the partition this process writes")
    owner: str = Field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}",
        min_length=1,
        max_length=128,
        description="name under which this process takes the partition over",
    )
    catalog_address: str = Field(
        default="127.0.0.1:7620", min_length=1, description="host:port of the catalog service"
    )
    snapshot_every_records: int = Field(
        default=10_000, ge=1, description="journal records between two snapshots"
    )

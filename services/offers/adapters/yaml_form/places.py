"""The form of a feature's properties in files of places."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.common.runtime.yaml_fields import Code, Form, Name

CellId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._-]+$")]
Metres = Annotated[int, Field(ge=1, le=100_000)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]


class FenceProperties(Form):
    fence: Code = Field(description="what policies call it")
    name: Name
    radius_metres: Metres | None = Field(default=None, description="of a Point: how far it reaches")
    dwell_seconds: Seconds = Field(default=0, description="inside for so long before it counts as entered")


class CellProperties(Form):
    cell: CellId = Field(description="as the network reports it: 26201-0000a1b20")
    radius_metres: Metres

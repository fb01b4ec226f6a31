"""What the tables share."""

from __future__ import annotations

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class NotificationTable(SQLModel, registry=registry()):
    """Base of this service's tables; their metadata is apart from other services'."""

"""Which price of an offering holds: by rating group, circumstances, and time."""

from __future__ import annotations

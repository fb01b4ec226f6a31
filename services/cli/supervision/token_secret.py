"""The secret that tokens of a local suite are signed with: fresh at each start, for its owner's eyes only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_OCTETS = 48


def token_secret_file(data_dir: Path) -> Path:
    """Where a suite's secret lies."""
    return data_dir / "token.secret"


def make_token_secret(data_dir: Path) -> None:
    """Puts a new random secret into the folder, in place of one that was there (mode 0600)."""
    path = token_secret_file(data_dir)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    # The mode is given when the file is made: there is no moment in which others can read it.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(_OCTETS))
    fresh.replace(path)


def read_token_secret(data_dir: Path) -> bytes:
    """The secret of the folder's suite. Raises FileNotFoundError where none was started."""
    return token_secret_file(data_dir).read_bytes()

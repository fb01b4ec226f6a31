"""Tokens for services that ask who calls, signed with the secret in a suite's folder."""

from __future__ import annotations

from pathlib import Path

from services.cli.supervision.token_secret import read_token_secret

_OPERATOR_SECONDS = 900


def operator_token(data_dir: Path) -> str:
    """A token that makes a command of this command line the operator, for a quarter of an hour.

    Raises FileNotFoundError where no suite was started from the folder.
    """
    # Brings cryptography along, which most commands can do without.
    from services.common.runtime.callers import Role, mint_token  # noqa: PLC0415

    secret = read_token_secret(data_dir)
    return mint_token(secret, Role.OPERATOR, "cli", lifetime_seconds=_OPERATOR_SECONDS)


def partner_token(data_dir: Path, party: str, lifetime_seconds: int) -> str:
    """A token that makes its holder the partner of a code. Raises FileNotFoundError, see above."""
    from services.common.runtime.callers import Role, mint_token  # noqa: PLC0415 - see above

    secret = read_token_secret(data_dir)
    return mint_token(secret, Role.PARTNER, f"cli:{party}", party=party, lifetime_seconds=lifetime_seconds)


def subscriber_token(data_dir: Path, account_id: str, lifetime_seconds: int) -> str:
    """A token that makes its holder the customer of an account. Raises FileNotFoundError, see above."""
    from services.common.runtime.callers import Role, mint_token  # noqa: PLC0415 - see above

    secret = read_token_secret(data_dir)
    subject = f"cli:{account_id}"
    return mint_token(secret, Role.SUBSCRIBER, subject, account=account_id, lifetime_seconds=lifetime_seconds)

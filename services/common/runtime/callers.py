"""Who is calling: a JWT in `authorization: Bearer ...`, and what its holder may do.

callers = open_callers(settings)
...
async def GetStatement(self, request, context):
    require_party(callers.of(context), request.party_code)   # before anything is looked up

Claims: `sub`, `aud`, `exp`; `tidemark_role`, which is operator, partner or subscriber;
`tidemark_party` of a partner; `tidemark_account` of a subscriber.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import jwt
from jwt.exceptions import InvalidSubjectError

from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.common.runtime.caller_settings import DEFAULT_AUDIENCE, CallerSettings
from services.common.runtime.grpc_bearer import METADATA_KEY, SCHEME
from services.common.runtime.token_keys import (
    SHARED_ALGORITHM,
    TokenKey,
    read_token_keys,
    verified_claims,
)

UNAUTHENTICATED = Reason("UNAUTHENTICATED", Category.UNAUTHENTICATED)
TOKEN_INVALID = Reason("TOKEN_INVALID", Category.UNAUTHENTICATED)
TOKEN_EXPIRED = Reason("TOKEN_EXPIRED", Category.UNAUTHENTICATED)
TOKEN_NOT_YET_VALID = Reason("TOKEN_NOT_YET_VALID", Category.UNAUTHENTICATED)
TOKEN_AUDIENCE_WRONG = Reason("TOKEN_AUDIENCE_WRONG", Category.UNAUTHENTICATED)
TOKEN_CLAIM_INVALID = Reason("TOKEN_CLAIM_INVALID", Category.UNAUTHENTICATED)
NOT_OPERATOR = Reason("NOT_OPERATOR", Category.DENIED)
NOT_YOUR_PARTY = Reason("NOT_YOUR_PARTY", Category.DENIED)
NOT_YOUR_ACCOUNT = Reason("NOT_YOUR_ACCOUNT", Category.DENIED)

ROLE_CLAIM = "tidemark_role"
PARTY_CLAIM = "tidemark_party"
ACCOUNT_CLAIM = "tidemark_account"
_LONGEST_CLAIM = 256


class Role(Enum):
    """What a caller is to the operator of the suite."""

    OPERATOR = "operator"
    PARTNER = "partner"
    SUBSCRIBER = "subscriber"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call. `party` is a partner's code, `account` a subscriber's; empty for all others.

    `subject` is who the token was issued to, for the audit trail.
    """

    role: Role
    subject: str
    party: str = ""
    account: str = ""


LOCAL_OPERATOR = Caller(Role.OPERATOR, "local")


class Callers:
    """Tells callers by their tokens. Without keys every caller is the operator."""

    def __init__(
        self,
        keys: Sequence[TokenKey],
        audience: str = DEFAULT_AUDIENCE,
        leeway_seconds: float = 0,
    ) -> None:
        self._keys = tuple(keys)
        self._audience = audience
        self._leeway_seconds = leeway_seconds

    def of(self, context: Any) -> Caller:
        """The caller of a call, by the metadata of its grpc.aio context.

        Raises RefusedError: UNAUTHENTICATED without a token; TOKEN_INVALID for one that is none, or
        that no key vouches for; TOKEN_EXPIRED, TOKEN_NOT_YET_VALID, TOKEN_AUDIENCE_WRONG;
        TOKEN_CLAIM_INVALID, whose field is the claim.
        """
        if not self._keys:
            return LOCAL_OPERATOR
        return self.of_token(_bearer_token(context.invocation_metadata() or ()))

    def of_token(self, token: str) -> Caller:
        """The caller that a token names, wherever it came from. Raises as `of`, but for UNAUTHENTICATED."""
        if not self._keys:
            return LOCAL_OPERATOR
        return _caller(self._claims(token))

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            return verified_claims(token, self._keys, self._audience, self._leeway_seconds)
        except jwt.ExpiredSignatureError as error:
            raise _refused(TOKEN_EXPIRED, "the token has expired; get a new one") from error
        except jwt.ImmatureSignatureError as error:
            raise _refused(
                TOKEN_NOT_YET_VALID, "the token is not valid yet; compare the issuer's clock with ours"
            ) from error
        except jwt.MissingRequiredClaimError as error:
            raise _refused(
                TOKEN_CLAIM_INVALID, f"the token has no claim {error.claim}", error.claim
            ) from error
        except jwt.InvalidAudienceError as error:
            raise _refused(
                TOKEN_AUDIENCE_WRONG, f"the token is not for the audience {self._audience}", "aud"
            ) from error
        except InvalidSubjectError as error:
            raise _refused(TOKEN_CLAIM_INVALID, "the token's subject is no text", "sub") from error
        except jwt.InvalidTokenError as error:
            # Not why: whoever tries to forge one is not helped.
            raise _refused(TOKEN_INVALID, "the token is not one of an issuer this service trusts") from error


def open_callers(settings: CallerSettings) -> Callers:
    """Callers as a service's settings have them. Raises StartupRefusedError for a bad key file."""
    path = settings.token_key_file
    keys = read_token_keys(path) if path is not None else ()
    return Callers(keys, settings.token_audience, settings.token_leeway_seconds)


def require_operator(caller: Caller) -> None:
    """Raises RefusedError NOT_OPERATOR for everybody else."""
    if caller.role is not Role.OPERATOR:
        raise _refused(NOT_OPERATOR, "only the operator may do this")


def require_party(caller: Caller, party_code: str) -> None:
    """Lets the operator and the partner itself pass. Raises RefusedError NOT_YOUR_PARTY for others.

    Call it before the party is looked up: a partner must hear the same of another, existing or not.
    """
    if caller.role is Role.OPERATOR:
        return
    if caller.role is not Role.PARTNER or caller.party != party_code:
        raise _refused(NOT_YOUR_PARTY, "this is not yours to see")


def require_account(caller: Caller, account_id: str) -> None:
    """Lets the operator and the holder of an account pass. Raises RefusedError NOT_YOUR_ACCOUNT for others.

    An empty `account_id`, of somebody unknown, is nobody's but the operator's: a subscriber must hear
    the same of another, existing or not.
    """
    if caller.role is Role.OPERATOR:
        return
    if caller.role is not Role.SUBSCRIBER or not account_id or caller.account != account_id:
        raise _refused(NOT_YOUR_ACCOUNT, "this is not yours to see")


def mint_token(
    secret: bytes,
    role: Role,
    subject: str,
    *,
    party: str = "",
    account: str = "",
    lifetime_seconds: int = 300,
    audience: str = DEFAULT_AUDIENCE,
    now_seconds: float | None = None,
) -> str:
    """A token signed with a shared secret, for the local suite and for tests; issuers in production sign.

    `now_seconds` since the epoch is the present unless given.
    """
    issued_at = int(time.time() if now_seconds is None else now_seconds)
    claims: dict[str, Any] = {
        "sub": subject,
        "aud": audience,
        "iat": issued_at,
        "exp": issued_at + lifetime_seconds,
        ROLE_CLAIM: role.value,
    }
    claims |= {name: text for name, text in ((PARTY_CLAIM, party), (ACCOUNT_CLAIM, account)) if text}
    token: str = jwt.encode(claims, secret, SHARED_ALGORITHM)
    return token


def _bearer_token(metadata: Any) -> str:
    presented = [value for key, value in metadata if key == METADATA_KEY]
    if not presented:
        raise _refused(UNAUTHENTICATED, f"this needs a token: metadata `{METADATA_KEY}: {SCHEME} ...`")
    # With two of them, a proxy in front and this service could each look at another one.
    if len(presented) > 1:
        raise _refused(UNAUTHENTICATED, f"metadata `{METADATA_KEY}` must come once")
    scheme, _, token = str(presented[0]).partition(" ")
    if scheme.lower() != SCHEME.lower() or not token.strip():
        raise _refused(UNAUTHENTICATED, f"metadata `{METADATA_KEY}` must be `{SCHEME}`, a blank and a token")
    return token.strip()


def _caller(claims: Mapping[str, Any]) -> Caller:
    subject = _text(claims, "sub")
    try:
        role = Role(_text(claims, ROLE_CLAIM))
    except ValueError as error:
        raise _refused(
            TOKEN_CLAIM_INVALID, f"the token's {ROLE_CLAIM} is unknown here", ROLE_CLAIM
        ) from error
    return Caller(
        role,
        subject,
        party=_text(claims, PARTY_CLAIM) if role is Role.PARTNER else "",
        account=_text(claims, ACCOUNT_CLAIM) if role is Role.SUBSCRIBER else "",
    )


def _text(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_CLAIM:
        return value
    raise _refused(
        TOKEN_CLAIM_INVALID, f"the token's {claim} must be 1 to {_LONGEST_CLAIM} characters", claim
    )


def _refused(reason: Reason, message: str, field: str = "") -> RefusedError:
    return RefusedError(Refused(reason, message, field))

"""What callers' tokens are checked with: public keys, or a shared secret, read from a file at start.

The kind of key fixes the algorithm. What a token says of its own algorithm is compared with it and
never followed: a public key cannot be passed off as a shared secret, and `none` fits no key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from services.common.runtime.startup import StartupRefusedError

SHARED_ALGORITHM = "HS256"
LEAST_SECRET_OCTETS = 32
_LEAST_RSA_BITS = 2048
_PEM_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_PUBLIC_KEY = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class TokenKey:
    """One key, and the one algorithm that tokens signed for it may have."""

    algorithm: str
    key: Any


def read_token_keys(path: Path) -> tuple[TokenKey, ...]:
    """The keys of a file: each PEM public key in it, or its whole content as a shared secret.

    Several public keys let an issuer change its own without a gap. RSA is RS256, P-256 is ES256,
    Ed25519 is EdDSA, a secret is HS256; a line end after a secret does not count.
    Raises StartupRefusedError for a file that cannot be read, a private key, a weak or other key.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StartupRefusedError(f"cannot read {path}: {error.strerror}") from error
    if _PEM_LABEL.search(content):
        return _public_keys(content, path)
    return (TokenKey(SHARED_ALGORITHM, token_secret(content, path)),)


def token_secret(content: bytes, path: Path) -> bytes:
    """The shared secret that is a file's content. Raises StartupRefusedError for a weak one."""
    secret = content.rstrip(b"\r\n")
    if len(secret) < LEAST_SECRET_OCTETS:
        raise StartupRefusedError(
            f"{path} holds a secret of {len(secret)} octets, and {LEAST_SECRET_OCTETS} are the least; "
            "`openssl rand -hex 32` makes one"
        )
    try:
        jwt.get_algorithm_by_name(SHARED_ALGORITHM).prepare_key(secret)
    except jwt.InvalidKeyError as error:
        raise StartupRefusedError(
            f"{path} holds neither PEM public keys nor a plain secret: {error}"
        ) from error
    return secret


def verified_claims(
    token: str, keys: Sequence[TokenKey], audience: str, leeway_seconds: float
) -> dict[str, Any]:
    """The claims of a token that one of the keys vouches for, in its time and for that audience.

    `sub`, `aud` and `exp` must be there. Raises jwt.InvalidTokenError, and of it the subclass that
    says what is wrong.
    """
    unfit: jwt.InvalidTokenError = jwt.InvalidSignatureError("no key fits the token's signature")
    for key in keys:
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                audience=audience,
                leeway=leeway_seconds,
                options={"require": ["sub", "aud", "exp"]},
            )
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
            unfit = error
    raise unfit


def _public_keys(content: bytes, path: Path) -> tuple[TokenKey, ...]:
    others = {label.decode() for label in _PEM_LABEL.findall(content)} - {"PUBLIC KEY"}
    if others:
        raise StartupRefusedError(
            f"{path} holds {', '.join(sorted(others))}; it may hold public keys only (BEGIN PUBLIC KEY)"
        )
    blocks = _PUBLIC_KEY.findall(content)
    if len(blocks) != len(_PEM_LABEL.findall(content)):
        raise StartupRefusedError(f"{path} holds a public key that does not end (END PUBLIC KEY)")
    return tuple(_public_key(block, path) for block in blocks)


def _public_key(block: bytes, path: Path) -> TokenKey:
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise StartupRefusedError(f"{path} holds a public key that cannot be read: {error}") from error
    match key:
        case RSAPublicKey() if key.key_size >= _LEAST_RSA_BITS:
            return TokenKey("RS256", key)
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return TokenKey("ES256", key)
        case Ed25519PublicKey():
            return TokenKey("EdDSA", key)
    raise StartupRefusedError(
        f"{path} holds a public key that is not used here: RSA from {_LEAST_RSA_BITS} bits, P-256 and "
        "Ed25519 are"
    )

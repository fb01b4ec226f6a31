"""The kind of key fixes the algorithm; a key that is no good is refused at start."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic_settings import SettingsConfigDict

from services.common.runtime.caller_settings import CallerSettings
from services.common.runtime.callers import LOCAL_OPERATOR, open_callers
from services.common.runtime.settings import read_settings
from services.common.runtime.startup import SettingsError, StartupRefusedError
from services.common.runtime.token_keys import TokenKey, read_token_keys, verified_claims

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SECRET = "0123456789abcdef0123456789abcdef"
PREFIX = "TIDEMARK_HARBOUR_"


class HarbourSettings(CallerSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)
    database_url: str = "sqlite://"


def public(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def private(key: Any) -> bytes:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def keys_of(tmp_path: Path, content: bytes) -> tuple[TokenKey, ...]:
    (tmp_path / "key").write_bytes(content)
    return read_token_keys(tmp_path / "key")


def signed(key: Any, algorithm: str) -> str:
    token: str = jwt.encode({"sub": "anna", "aud": "a", "exp": time.time() + 60}, key, algorithm)
    return token


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSA, "RS256"), (P256, "ES256"), (ED25519, "EdDSA")],
    ids=["rsa", "p256", "ed25519"],
)
def test_a_public_key_takes_tokens_of_its_own_algorithm(tmp_path: Path, key: Any, algorithm: str) -> None:
    keys = keys_of(tmp_path, public(key))
    assert [one.algorithm for one in keys] == [algorithm]
    assert verified_claims(signed(key, algorithm), keys, "a", 0)["sub"] == "anna"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_shared_secret_takes_tokens_signed_with_it_whatever_ends_its_line(tmp_path: Path, end: str) -> None:
    keys = keys_of(tmp_path, (SECRET + end).encode())
    assert verified_claims(signed(SECRET, "HS256"), keys, "a", 0)["sub"] == "anna"


def test_a_public_key_is_never_taken_for_a_secret(tmp_path: Path) -> None:
    # PyJWT does not sign with a public key; an attacker's own program would.
    header, claims, _ = signed(SECRET, "HS256").split(".")
    hmac = jwt.get_algorithm_by_name("HS256")
    signature = hmac.sign(f"{header}.{claims}".encode(), public(RSA))
    forged = f"{header}.{claims}.{jwt.utils.base64url_encode(signature).decode()}"
    with pytest.raises(jwt.InvalidAlgorithmError):
        verified_claims(forged, keys_of(tmp_path, public(RSA)), "a", 0)


def test_an_algorithm_that_the_key_could_do_is_refused_where_it_is_not_its_own(tmp_path: Path) -> None:
    keys = keys_of(tmp_path, public(RSA))
    for algorithm in ("PS256", "RS512"):
        with pytest.raises(jwt.InvalidAlgorithmError):
            verified_claims(signed(RSA, algorithm), keys, "a", 0)


def test_while_an_issuer_changes_its_key_both_are_taken(tmp_path: Path) -> None:
    keys = keys_of(tmp_path, b"# the old one\n" + public(RSA) + b"# the new one\n" + public(ED25519))
    for token in (signed(RSA, "RS256"), signed(ED25519, "EdDSA")):
        assert verified_claims(token, keys, "a", 0)["sub"] == "anna"
    with pytest.raises(jwt.InvalidTokenError):
        verified_claims(signed(P256, "ES256"), keys, "a", 0)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "a secret of 0 octets"),
        (SECRET[1:].encode() + b"\n\n", "a secret of 31 octets"),
        (b'{"kty": "oct", "k": "0123456789abcdef0123456789abcdef"}', "neither PEM public keys nor"),
        (private(RSA), "holds PRIVATE KEY; it may hold public keys only"),
        (public(RSA) + private(ED25519), "holds PRIVATE KEY"),
        (public(WEAK_RSA), "not used here"),
        (public(P384), "not used here"),
        (public(RSA)[:200] + b"\n-----END PUBLIC KEY-----\n", "cannot be read"),
        (public(RSA)[:-20], "does not end"),
    ],
    ids=["empty", "short", "jwk", "private", "private too", "weak", "p384", "cut", "no end"],
)
def test_a_key_that_is_no_good_is_refused_in_words(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(StartupRefusedError, match=why) as caught:
        keys_of(tmp_path, content)
    assert str(tmp_path / "key") in str(caught.value)


def test_a_key_is_not_shown() -> None:
    assert SECRET not in repr(TokenKey("HS256", SECRET))


def test_a_service_on_loopback_needs_no_key_and_takes_everyone_for_the_operator() -> None:
    assert open_callers(read_settings(HarbourSettings)).of(object()) == LOCAL_OPERATOR


def test_a_service_that_others_reach_needs_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TLS_CERTIFICATE", "TLS_KEY"):
        (tmp_path / name).write_text("pem")
        monkeypatch.setenv(PREFIX + name, str(tmp_path / name))
    for host in ("127.0.0.1", "0.0.0.0"):
        monkeypatch.setenv(f"{PREFIX}LISTEN_HOST", host)
        with pytest.raises(SettingsError, match=f"{PREFIX}TOKEN_KEY_FILE is not set") as caught:
            read_settings(HarbourSettings)
        assert caught.value.exit_code == 2
    (tmp_path / "key").write_text(SECRET)
    monkeypatch.setenv(f"{PREFIX}TOKEN_KEY_FILE", str(tmp_path / "key"))
    assert read_settings(HarbourSettings).token_audience == "tidemark"


def test_a_key_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{PREFIX}TOKEN_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match=f"{PREFIX}TOKEN_KEY_FILE: there is no file"):
        read_settings(HarbourSettings)

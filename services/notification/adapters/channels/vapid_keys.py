"""The key pair with which this service shows push services who it is (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.common.runtime.startup import StartupRefusedError

_OTHERS = 0o077
_OTHERS_OF_A_FOREIGN_FILE = 0o037


def vapid_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """The private key of a PEM file, which is made (mode 0600) where it does not exist. Blocks.

    Subscriptions are bound to the key: with another one all of them are gone.
    Raises StartupRefusedError for a file that others can read, or that holds no such key.
    """
    if not file.exists():
        _make(file)
    try:
        if _others_can_read(file.stat()):
            raise StartupRefusedError(f"others can read the web push key {file}; chmod 600 {file}")
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise StartupRefusedError(f"{file} cannot be read as a private key in PEM form") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise StartupRefusedError(f"{file} holds no key on the curve P-256, which web push asks for")
    return key


def public_key_text(key: ec.EllipticCurvePrivateKey) -> str:
    """What browsers need to subscribe: the uncompressed point, base64url."""
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _others_can_read(status: os.stat_result) -> bool:
    # A Secret mounted in Kubernetes is root's, and the pod reads it by its group: it has no other way.
    forbidden = _OTHERS if status.st_uid == os.geteuid() else _OTHERS_OF_A_FOREIGN_FILE
    return bool(status.st_mode & forbidden)


def _make(file: Path) -> None:
    """Written aside and put in place whole; of two processes that do it at once the first counts."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=file.parent, prefix=".vapid-")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(pem)
                out.flush()
                os.fsync(out.fileno())
            os.link(aside, file)
        except FileExistsError:
            return
        finally:
            Path(aside).unlink()
    except OSError as error:
        raise StartupRefusedError(f"cannot make the web push key {file}: {error.strerror}") from error

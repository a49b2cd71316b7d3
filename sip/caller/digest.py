"""Digest authentication as a client (RFC 3261 section 22, RFC 7616): MD5 and SHA-256, with and without qop=auth."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sip.errors import SipError

_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
}
_PAIR = re.compile(r'(\w+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^",\s]+))')


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a PBX knows the caller by."""

    username: str
    password: str


def answer_challenge(challenge: str, credentials: Credentials, *, method: str, uri: str, cnonce: str = "") -> str:
    """The (Proxy-)Authorization value for a (WWW/Proxy)-Authenticate value.

    Raises SipError for a scheme or algorithm other than Digest with MD5 or SHA-256. `cnonce` is random when empty.
    """
    scheme, _, rest = challenge.strip().partition(" ")
    fields = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(rest)}
    algorithm = fields.get("algorithm", "MD5").upper()
    digest = _HASHES.get(algorithm)
    if scheme.lower() != "digest" or digest is None or "nonce" not in fields:
        raise SipError("the other side asks for an unknown authentication", "let it use Digest with MD5 or SHA-256")
    realm, nonce = fields.get("realm", ""), fields["nonce"]
    first = digest(f"{credentials.username}:{realm}:{credentials.password}".encode())
    second = digest(f"{method}:{uri}".encode())
    parts = {"username": credentials.username, "realm": realm, "nonce": nonce, "uri": uri}
    text = ""
    if "auth" in [choice.strip() for choice in fields.get("qop", "").split(",")]:
        own = cnonce or secrets.token_hex(8)
        parts |= {"response": digest(f"{first}:{nonce}:00000001:{own}:auth:{second}".encode()), "cnonce": own}
        text = ", qop=auth, nc=00000001"
    else:
        parts |= {"response": digest(f"{first}:{nonce}:{second}".encode())}
    if "opaque" in fields:
        parts["opaque"] = fields["opaque"]
    return (
        "Digest " + ", ".join(f'{name}="{value}"' for name, value in parts.items()) + f"{text}, algorithm={algorithm}"
    )

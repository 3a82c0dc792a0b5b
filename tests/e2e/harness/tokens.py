"""An issuer of access tokens, right and wrong ones. It signs with the command openssl, so that none of our own code is involved."""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import time

ISSUER = "https://id.example"
AUDIENCE = "https://shop.example"


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _openssl(*arguments, given: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *map(str, arguments)], input=given, check=True, capture_output=True).stdout


class Key:
    """An Ed25519 key pair in `folder`."""

    def __init__(self, folder: pathlib.Path, kid: str):
        self.kid = kid
        self.path = folder / f"{kid}.pem"
        _openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        # The last 32 bytes of the structure are the key (RFC 8410).
        self.public = _openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]

    def jwk(self) -> dict:
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": encode(self.public)}

    def sign(self, text: str) -> bytes:
        message = self.path.with_suffix(".message")
        message.write_text(text)
        return _openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message)


class Issuer:
    """Signs tokens for AUDIENCE. Its keys are in the file `jwks`."""

    def __init__(self, folder: pathlib.Path, name: str = ISSUER):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.folder = folder
        self.key = Key(folder, "key-1")
        self.jwks = folder / "jwks.json"
        self.publish(self.key)

    def publish(self, *keys: Key) -> None:
        draft = self.jwks.with_suffix(".draft")
        draft.write_text(json.dumps({"keys": [key.jwk() for key in keys]}))
        draft.rename(self.jwks)

    def settings(self) -> dict[str, str]:
        return {
            "TRADEWIND_AUTH_ISSUERS": self.name,
            "TRADEWIND_AUTH_KEYS": str(self.jwks),
            "TRADEWIND_AUTH_AUDIENCES": AUDIENCE,
        }

    def claims(self, user: str, *roles: str, **more) -> dict:
        now = int(time.time())
        claims = {"iss": self.name, "aud": AUDIENCE, "sub": user, "client_id": "test", "iat": now, "exp": now + 600, "jti": f"{user}-{now}"}
        if roles:
            claims["roles"] = list(roles)
        return {name: value for name, value in (claims | more).items() if value is not None}

    def token(self, user: str, *roles: str, header: dict | None = None, key: Key | None = None, **claims) -> str:
        """A token of that user; `header` and `claims` replace what a valid token has, and None leaves a claim out."""
        key = key or self.key
        text = self._text({"alg": "EdDSA", "typ": "at+jwt", "kid": key.kid} | (header or {}), self.claims(user, *roles, **claims))
        return text + "." + encode(key.sign(text))

    def hmac_token(self, user: str, *roles: str) -> str:
        """Signed with the public key as the secret of an HMAC."""
        text = self._text({"alg": "HS256", "typ": "at+jwt", "kid": self.key.kid}, self.claims(user, *roles))
        return text + "." + encode(hmac.new(self.key.public, text.encode(), hashlib.sha256).digest())

    def unsigned_token(self, user: str, *roles: str) -> str:
        return self._text({"alg": "none", "typ": "at+jwt", "kid": self.key.kid}, self.claims(user, *roles)) + "."

    @staticmethod
    def _text(header: dict, claims: dict) -> str:
        return ".".join(encode(json.dumps(part).encode()) for part in (header, claims))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def hostile_tokens(issuer: Issuer, user: str) -> dict[str, str]:
    """Tokens that must be refused, by what is wrong with them. Each claims every role."""
    roles = ("support", "merchant", "operator")
    now = int(time.time())
    other = Key(issuer.folder, "other")
    valid = issuer.token(user, *roles)
    head, claims, signature = valid.split(".")

    def made(**more) -> str:
        return issuer.token(user, *roles, **more)

    return {
        "malformed": "abc",
        "three parts that are no token": "a.b.c",
        "oversized": made(padding="x" * 9000),
        "expired": made(iat=now - 1000, exp=now - 500),
        "not yet valid": made(nbf=now + 500),
        "wrong audience": made(aud="https://other.example"),
        "no audience": made(aud=None),
        "wrong issuer": made(iss="https://evil.example"),
        "no issuer": made(iss=None),
        "no expiry": made(exp=None),
        "no subject": made(sub=None),
        "wrong type": made(header={"typ": "JWT"}),
        "alg none": issuer.unsigned_token(user, *roles),
        "HS256 with the public key": issuer.hmac_token(user, *roles),
        "unknown kid": made(header={"kid": "nobody"}),
        "kid with a path": made(header={"kid": "../../../../etc/passwd"}),
        "kid with SQL": made(header={"kid": "x' OR '1'='1"}),
        "jku": made(header={"kid": "other", "jku": "https://evil.example/jwks.json"}, key=other),
        "jwk": made(header={"jwk": other.jwk()}, key=other),
        "another key of the same name": made(header={"kid": issuer.key.kid}, key=other),
        "signature of nothing": f"{head}.{claims}.{encode(bytes(64))}",
        "no signature": f"{head}.{claims}.",
        "changed claims": f"{head}.{encode(json.dumps(issuer.claims(user, *roles)).encode())}A.{signature}",
        "critical extension": made(header={"crit": ["b64"], "b64": False}),
    }

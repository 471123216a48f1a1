#!/usr/bin/env python3
"""Calls SigilDERG with a signed envelope and a licence: the standard library, and openssl for the signature.

    openssl genpkey -algorithm ed25519 -out client.pem
    openssl pkey -in client.pem -pubout -out client.pub
    sigil client-key add --principal ci --public-key client.pub          (a Root does this, once)
    sigil license issue --principal ci --loa Operator --bind-key <kid> --out ci.jwt
    python3 call.py http://127.0.0.1:7400 client.pem ci.jwt ci POST /v1/memory '{"kind":"episodic","text":"hello"}'

The format is docs/reference/formats.md, "Request envelope".
"""
import base64
import hashlib
import json
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(data: bytes) -> str:
    return b64url(hashlib.sha256(data).digest())


def canonical(fields: dict) -> bytes:
    """Objects of ASCII strings and integers in the form of RFC 8785: sorted keys, no spaces."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def kid_of(key_file: str) -> str:
    """RFC 7638 thumbprint. The raw key is the last 32 bytes of the DER of RFC 8410."""
    der = subprocess.run(
        ["openssl", "pkey", "-in", key_file, "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    return digest(canonical({"crv": "Ed25519", "kty": "OKP", "x": b64url(der[-32:])}))


def sign(key_file: str, message: bytes) -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        file.write(message)
        file.flush()
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key_file, "-in", file.name]
        return subprocess.run(command, check=True, capture_output=True).stdout


def seal(key_file: str, principal: str, instance: str, licence: str, method: str, path: str, body: bytes) -> str:
    now = int(time.time())
    fields = canonical({
        "v": 1,
        "typ": "sigil-request",
        "alg": "Ed25519",
        "kid": kid_of(key_file),
        "iss": principal,
        "aud": f"sigilderg/{instance}",
        "htm": method,
        "htu": path,
        "ct": "application/json" if body else "",
        "bd": digest(body),
        "bl": len(body),
        "iat": now,
        "exp": now + 30,
        "nonce": b64url(secrets.token_bytes(16)),
        "lic": digest(licence.encode()),
    })
    return f"{b64url(fields)}.{b64url(sign(key_file, b'SIGIL-REQUEST-V1' + bytes([10]) + fields))}"


def call(url: str, key_file: str, licence: str, principal: str, method: str, path: str, body: bytes):
    with urllib.request.urlopen(f"{url}/.well-known/sigil-keys") as answer:
        instance = json.load(answer)["instance"]
    request = urllib.request.Request(f"{url}{path}", method=method, data=body or None)
    request.add_header("Authorization", f"Bearer {licence}")
    request.add_header("Sigil-Envelope", seal(key_file, principal, instance, licence, method, path, body))
    if body:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def main() -> int:
    url, key_file, licence_file, principal, method, path, *rest = sys.argv[1:]
    with open(licence_file, encoding="ascii") as file:
        licence = file.read().strip()
    body = rest[0].encode() if rest else b""
    status, text = call(url, key_file, licence, principal, method, path, body)
    if status == 409:  # stale-instance: SigilDERG has restarted between the two requests
        status, text = call(url, key_file, licence, principal, method, path, body)
    print(text.decode())
    return 0 if status < 300 else 1


sys.exit(main())

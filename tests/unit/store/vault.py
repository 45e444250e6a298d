"""A Key Vault that speaks HTTPS on this machine: versions, a challenge at first, and rights of the caller.

Source: learn.microsoft.com, "Key Vault REST API", secrets (get, set, update); "Authentication, requests and responses".
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from uuid import uuid4

from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

CHALLENGE = 'Bearer authorization="https://login.microsoftonline.com/msp", resource="https://vault.azure.net"'


class AnyToken:
    """A credential that Azure would not take."""

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("token-of-the-app", 4_000_000_000)

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> AnyToken:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


@dataclass(slots=True)
class Kept:
    """One version."""

    version: str
    value: str
    is_enabled: bool = True


@dataclass(slots=True)
class FakeVault:
    """A vault in which the caller may do what `rights` says: `get`, `set`, `update`."""

    url: str
    certificate: Path
    rights: frozenset[str]
    secrets: dict[str, list[Kept]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def put(self, name: str, value: str) -> str:
        """A new version."""
        kept = Kept(uuid4().hex, value)
        self.secrets.setdefault(name, []).append(kept)
        return kept.version

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of one authorized request."""
        self.asked.append((method, path))
        _, _, name, *rest = path.rstrip("/").split("/")
        if {"GET": "get", "PUT": "set", "PATCH": "update"}[method] not in self.rights:
            return 403, {"error": {"code": "Forbidden", "innererror": {"code": "ForbiddenByRbac"}}}
        if method == "PUT":
            self.put(name, body["value"])
            return 200, self.show(name, self.secrets[name][-1])
        versions = self.secrets.get(name, [])
        kept = next((each for each in reversed(versions) if not rest or each.version == rest[0]), None)
        if kept is None:
            return 404, {"error": {"code": "SecretNotFound"}}
        if method == "PATCH":
            kept.is_enabled = body["attributes"]["enabled"]
            return 200, self.show(name, kept, with_value=False)
        if not kept.is_enabled:
            return 403, {"error": {"code": "Forbidden", "innererror": {"code": "SecretDisabled"}}}
        return 200, self.show(name, kept)

    def show(self, name: str, kept: Kept, *, with_value: bool = True) -> dict[str, Any]:
        """A secret as the service shows it."""
        shown = {"id": f"{self.url}/secrets/{name}/{kept.version}", "attributes": {"enabled": kept.is_enabled}}
        return {**shown, "value": kept.value} if with_value else shown


@contextmanager
def serve_vault(folder: Path, rights: frozenset[str]) -> Iterator[FakeVault]:
    """The vault, until the block ends."""
    certificate, key = make_certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    vault = FakeVault(f"https://127.0.0.1:{server.server_port}", certificate, rights)
    server.RequestHandlerClass = make_handler(vault)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_handler(vault: FakeVault) -> type[BaseHTTPRequestHandler]:
    """What reads a request and writes the vault's answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != "Bearer token-of-the-app":
                self.reply(401, {}, challenge=CHALLENGE)
                return
            self.reply(*vault.answer(self.command, self.path.partition("?")[0], json.loads(body or b"{}")))

        do_GET = do_PUT = do_PATCH = handle_any

        def reply(self, status: int, body: dict[str, Any], challenge: str | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if challenge is not None:
                self.send_header("WWW-Authenticate", challenge)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's own name
            return None

    return Handler


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vault")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "vault.pem", folder / "vault.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_path, key_path

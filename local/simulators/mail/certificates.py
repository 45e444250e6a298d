"""An authority of this machine's own and a certificate of its server: made once, believed by nobody else."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

AUTHORITY = "authority.pem"
CERTIFICATE = "certificate.pem"


def find_authority(state_directory: Path) -> Path:
    """Where the authority's certificate lies, for whoever is to believe it."""
    return state_directory / AUTHORITY


def make_tls(state_directory: Path, *names: str) -> ssl.SSLContext:
    """What the server shows, for these names and addresses; the same as long as the folder stays."""
    certificate = state_directory / CERTIFICATE
    if not certificate.exists():
        authority = trustme.CA()
        issued = authority.issue_cert(*names)
        authority.cert_pem.write_to_path(str(find_authority(state_directory)))
        certificate.touch(mode=0o600)
        issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context

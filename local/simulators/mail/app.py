"""The mail server as one process: SMTP on one port, the page of what it took on another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from local.clock import clock_from_environment
from local.simulators.calls import CallCounter
from local.simulators.control import ControlPanel
from local.simulators.faults import FaultBoard
from local.simulators.mail.certificates import make_tls
from local.simulators.mail.folder import MailFolder
from local.simulators.mail.pages import MailPages
from local.simulators.mail.server import FAULT_NAMES, HOST, OPERATION, MailHandler, listen
from local.simulators.secret_files import MAIL_PASSWORD, SecretFiles
from local.simulators.serving import Settings
from local.simulators.state import StateFile

SMTP_PORT_FILE = "smtp-port"


def build(settings: Settings) -> Starlette:
    """The SMTP port is the one of the last time, if it is free: somebody may have typed it in."""
    clock = clock_from_environment()
    folder, faults = MailFolder(settings.state_directory), FaultBoard(FAULT_NAMES, (OPERATION,))
    secrets = SecretFiles(settings.secrets_directory)
    handler = MailHandler(folder, faults, lambda: secrets.read(MAIL_PASSWORD), clock.utc_now)
    tls = make_tls(settings.state_directory, HOST)
    port_file = settings.state_directory / SMTP_PORT_FILE
    state = StateFile(settings.name, settings.state_directory, dict)
    panel = ControlPanel(settings.name, clock, state, faults, CallCounter())

    @asynccontextmanager
    async def listening(_: Starlette) -> AsyncIterator[None]:
        try:
            server = await listen(handler, tls, read_port(port_file))
        except OSError:
            server = await listen(handler, tls, 0)
        port_file.write_text(str(server.sockets[0].getsockname()[1]), encoding="utf-8")
        try:
            yield
        finally:
            server.close()

    return Starlette(routes=[*panel.routes(), *MailPages(folder).routes()], lifespan=listening)


def read_port(port_file: Path) -> int:
    """Where it listened last; 0, which takes a free one, where it never did."""
    return int(port_file.read_text(encoding="utf-8")) if port_file.exists() else 0

"""One storage emulator for all tests of a process that talk to one: each start costs two seconds of processor time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.host.azurite import Azurite, start_azurite


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """It keeps what earlier tests wrote: take names of your own, or empty what you need empty."""
    folder = tmp_path_factory.mktemp("azurite")
    running = start_azurite(folder / "data", folder / "azurite.log")
    yield running
    running.terminate()


@pytest.fixture(scope="session")
def azurite_connection(azurite: Azurite) -> str:
    """Its one account."""
    return azurite.connection_string

"""The empty demo: a world to connect to, an installation that knows nothing of it, and what to type."""

from __future__ import annotations

import re
import socket
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import clock_kept_in
from local.commands import WorldBusy
from local.demo.demos import EMPTY, MSP, make_state
from local.demo.newcomer import read_newcomer
from local.night import ZONE, find_night_ahead, night_of
from local.simulators.start import create_secrets
from local.stack import CONNECTWISE_PORT_FILE, EMPTY_BEGINS, find_kept_port

SITE = "http://127.0.0.1:41234"


@pytest.mark.parametrize("simulator", ["microsoft", "connectwise", "autotask"])
def test_it_is_the_world_of_the_large_demo(simulator: str) -> None:
    assert make_state(EMPTY, simulator, EMPTY_BEGINS) == make_state(MSP, simulator, EMPTY_BEGINS)


def test_what_to_type_fits_the_stand_ins(tmp_path: Path) -> None:
    create_secrets(tmp_path)
    newcomer = read_newcomer(tmp_path, SITE)
    microsoft, connectwise = (make_state(EMPTY, name, EMPTY_BEGINS) for name in ("microsoft", "connectwise"))
    assert newcomer.company == connectwise["companyId"]
    assert (newcomer.directory_id, newcomer.application_id) == (microsoft["partnerTenantId"], microsoft["clientId"])
    direct = next(row for row in microsoft["tenants"] if row["id"] == newcomer.direct_id)
    assert (direct["isDirect"], direct["displayName"]) == (True, newcomer.direct_name)
    kept = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert newcomer.public_key == kept["connectwise-public-key"]
    assert newcomer.private_key == kept["connectwise-private-key"]
    assert newcomer.client_secret == kept["microsoft-client-secret"]
    assert newcomer.autotask_user == make_state(EMPTY, "autotask", EMPTY_BEGINS)["apiUser"]
    assert newcomer.autotask_secret == kept["autotask-secret"]
    assert newcomer.autotask_code == kept["autotask-integration-code"]


def test_everything_to_type_is_printed_and_what_it_is_good_for(tmp_path: Path) -> None:
    create_secrets(tmp_path)
    newcomer = read_newcomer(tmp_path, SITE)
    printed = "\n".join(newcomer.describe())
    for text in (SITE, newcomer.private_key, newcomer.autotask_code, newcomer.client_secret, newcomer.direct_id):
        assert re.search(rf"\s{re.escape(text)}$", printed, re.MULTILINE)
    assert "nothing but the stand-ins" in printed
    assert "refresh" not in printed


def test_a_site_address_that_was_typed_stays_good(tmp_path: Path) -> None:
    assert find_kept_port(tmp_path) == 0
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        (tmp_path / CONNECTWISE_PORT_FILE).write_text(str(port), encoding="utf-8")
        assert find_kept_port(tmp_path) == port
        listening.listen()
        with pytest.raises(WorldBusy, match=rf"port {port}, which is taken"):
            find_kept_port(tmp_path)


@pytest.mark.parametrize(
    ("now", "ahead"),
    [
        (EMPTY_BEGINS, date(2026, 11, 3)),
        (night_of(date(2026, 11, 3)), date(2026, 11, 3)),
        (night_of(date(2026, 11, 3)) + timedelta(minutes=1), date(2026, 11, 4)),
        (datetime(2026, 11, 3, 23, 59, tzinfo=ZONE), date(2026, 11, 4)),
    ],
)
def test_the_clock_of_a_set_up_world_never_goes_back(tmp_path: Path, now: datetime, ahead: date) -> None:
    clock = clock_kept_in(tmp_path / "clock.json", now)
    clock.move_to(now - timedelta(seconds=1) if now == night_of(date(2026, 11, 3)) else now)
    assert find_night_ahead(clock) == ahead

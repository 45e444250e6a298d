"""What is read from host.json and from app settings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from local.host.settings import (
    BadHostFile,
    MissingAppSetting,
    find_connection_string,
    read_host_settings,
    resolve_references,
)
from local.host.timespans import BadDuration, parse_timespan


def test_defaults_are_those_of_the_functions_host(tmp_path: Path) -> None:
    settings = read_host_settings(tmp_path)
    assert settings.route_prefix == "api"
    assert (settings.queues.batch_size, settings.queues.new_batch_threshold) == (16, 8)
    assert settings.queues.message_encoding == "base64"
    assert settings.queues.max_dequeue_count == 5


def test_host_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text(
        '{"extensions": {"http": {"routePrefix": ""},'
        '"queues": {"batchSize": 4, "visibilityTimeout": "00:01:00", "messageEncoding": "none"},'
        '"durableTask": {"hubName": "H", "maxConcurrentActivityFunctions": 3}}}'
    )
    settings = read_host_settings(tmp_path)
    assert settings.route_prefix == ""
    assert settings.queues.new_batch_threshold == 2
    assert settings.queues.visibility_timeout == timedelta(minutes=1)
    assert (settings.durable.hub_name, settings.durable.max_concurrent_activities) == ("H", 3)


@pytest.mark.parametrize("text", ["{", '{"extensions": {"queues": {"messageEncoding": "hex"}}}'])
def test_host_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "host.json").write_text(text)
    with pytest.raises(BadHostFile, match=r"^host\.json"):
        read_host_settings(tmp_path)


def test_app_settings_are_put_in_for_their_names() -> None:
    assert resolve_references("%A%-%B%", {"A": "1", "B": "2"}) == "1-2"
    with pytest.raises(MissingAppSetting, match="app setting C"):
        resolve_references("%C%", {})


def test_connection_is_looked_up_as_the_functions_host_does() -> None:
    assert find_connection_string("", {"AzureWebJobsStorage": "x"}) == "x"
    assert find_connection_string("Own", {"AzureWebJobsOwn": "y"}) == "y"
    with pytest.raises(MissingAppSetting, match="connection Own"):
        find_connection_string("Own", {})


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:01", 1), ("1.02:00:00", 93600), ("00:00:00.500", 0.5), ("01:30", 5400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_timespan(text).total_seconds() == seconds


def test_what_is_no_duration_is_refused() -> None:
    with pytest.raises(BadDuration, match="'soon' is not a duration"):
        parse_timespan("soon")

"""What host.json and the app settings tell the host. App settings are environment variables, as on Azure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.host.timespans import parse_timespan

# The Functions host polls an idle queue every minute at the latest; here a night should not wait that long.
LOCAL_MAX_POLLING_INTERVAL = timedelta(seconds=1)

_REFERENCE = re.compile(r"%([^%]+)%")


class BadHostFile(ValueError):
    """host.json says what the host does not understand."""


class MissingAppSetting(Exception):
    """A binding points at an app setting that does not exist."""


@dataclass(frozen=True)
class QueueSettings:
    """host.json `extensions.queues`, with the defaults of the Functions host."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: timedelta = timedelta(0)
    max_polling_interval: timedelta = LOCAL_MAX_POLLING_INTERVAL
    message_encoding: str = "base64"


@dataclass(frozen=True)
class DurableSettings:
    """host.json `extensions.durableTask`."""

    hub_name: str = "TestHubName"
    max_concurrent_activities: int = 10
    max_concurrent_orchestrators: int = 10


@dataclass(frozen=True)
class HostSettings:
    route_prefix: str = "api"
    queues: QueueSettings = field(default_factory=QueueSettings)
    durable: DurableSettings = field(default_factory=DurableSettings)


def read_host_settings(app_directory: Path) -> HostSettings:
    """The settings in `app_directory`/host.json; the Functions host's defaults for what it leaves out."""
    path = app_directory / "host.json"
    text = path.read_text("utf-8") if path.exists() else "{}"
    try:
        extensions = json.loads(text).get("extensions", {})
    except json.JSONDecodeError as error:
        raise BadHostFile(f"host.json is not JSON: {error}") from error
    return HostSettings(
        route_prefix=str(extensions.get("http", {}).get("routePrefix", "api")).strip("/"),
        queues=_read_queue_settings(extensions.get("queues", {})),
        durable=_read_durable_settings(extensions.get("durableTask", {})),
    )


def _read_queue_settings(raw: Mapping[str, Any]) -> QueueSettings:
    batch_size = int(raw.get("batchSize", 16))
    encoding = str(raw.get("messageEncoding", "base64")).lower()
    if encoding not in ("none", "base64"):
        raise BadHostFile(f"host.json: messageEncoding is none or base64, not '{encoding}'.")
    polling = raw.get("maxPollingInterval")
    return QueueSettings(
        batch_size=batch_size,
        new_batch_threshold=int(raw.get("newBatchThreshold", batch_size // 2)),
        max_dequeue_count=int(raw.get("maxDequeueCount", 5)),
        visibility_timeout=parse_timespan(str(raw.get("visibilityTimeout", "00:00:00"))),
        max_polling_interval=LOCAL_MAX_POLLING_INTERVAL if polling is None else parse_timespan(str(polling)),
        message_encoding=encoding,
    )


def _read_durable_settings(raw: Mapping[str, Any]) -> DurableSettings:
    return DurableSettings(
        hub_name=str(raw.get("hubName", "TestHubName")),
        max_concurrent_activities=int(raw.get("maxConcurrentActivityFunctions", 10)),
        max_concurrent_orchestrators=int(raw.get("maxConcurrentOrchestratorFunctions", 10)),
    )


def resolve_references(text: str, app_settings: Mapping[str, str]) -> str:
    """`text` with every `%NAME%` replaced by the app setting NAME."""

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in app_settings:
            raise MissingAppSetting(f"'{text}' refers to the app setting {name}, which is not set.")
        return app_settings[name]

    return _REFERENCE.sub(replace, text)


def find_connection_string(connection: str, app_settings: Mapping[str, str]) -> str:
    """The connection string that a binding's `connection` names, looked up as the Functions host does."""
    name = connection or "AzureWebJobsStorage"
    value = app_settings.get(name) or app_settings.get(f"AzureWebJobs{name}")
    if not value:
        raise MissingAppSetting(f"A queue binding uses the connection {name}, but no such app setting is set.")
    return value

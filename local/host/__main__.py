"""Plays the Azure Functions host for one app: `python -m local.host --app-directory DIR ...`.

App settings are this process's environment variables, as on Azure. The process ends with its parent.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from local.host.easy_auth.gate import DEFAULT_EXCLUDED_PATHS
from local.host.functions import UnsupportedFunction
from local.host.host import Host, HostOptions
from local.host.http_front import FrontFailed
from local.host.parent import follow_parent
from local.host.schedules import BadSchedule
from local.host.settings import BadHostFile, MissingAppSetting
from local.host.timespans import BadDuration
from local.host.worker_library import LoadFailed

# A person can mend these; their text says how, and a trace would only hide it.
PLAIN_FAILURES = (
    LoadFailed,
    UnsupportedFunction,
    MissingAppSetting,
    BadSchedule,
    BadDuration,
    BadHostFile,
    FrontFailed,
)

# These tell every HTTP call, every step of every orchestration and every start of a function.
_TALKATIVE_LOGGERS = (
    "azure.core.pipeline.policies.http_logging_policy",
    "azure.durable_functions",
    "azure.functions",
    "azure.identity",
    "httpx",
)


def read_options(arguments: list[str]) -> HostOptions:
    parser = argparse.ArgumentParser(prog="local.host", description=__doc__)
    parser.add_argument("--app-directory", type=Path, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--engine-port", type=int, required=True)
    parser.add_argument("--state-directory", type=Path, required=True)
    parser.add_argument(
        "--exclude-from-sign-in",
        action="append",
        metavar="PATH",
        help=f"a path that needs no sign-in; may be repeated (default {' '.join(DEFAULT_EXCLUDED_PATHS)})",
    )
    found = parser.parse_args(arguments)
    return HostOptions(
        app_directory=found.app_directory.resolve(),
        http_port=found.http_port,
        engine_port=found.engine_port,
        state_directory=found.state_directory.resolve(),
        excluded_paths=tuple(found.exclude_from_sign_in or DEFAULT_EXCLUDED_PATHS),
    )


def set_up_logging() -> None:
    """The app's and the host's log lines go to standard output; LOG_LEVEL chooses how many (default INFO)."""
    level = os.environ.get("LOG_LEVEL", "INFO").upper()
    logging.basicConfig(level=level, stream=sys.stdout, format="%(asctime)s %(levelname)-7s %(name)s %(message)s")
    for name in _TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


async def run(options: HostOptions) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Host(options, stop).serve()


def main() -> int:
    options = read_options(sys.argv[1:])
    follow_parent()
    set_up_logging()
    try:
        asyncio.run(run(options))
    except PLAIN_FAILURES as error:
        print(f"The app in {options.app_directory} cannot be served. {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

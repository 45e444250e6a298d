"""Runs a foreign program that must not outlive its starter: `python -m local.host.leash PROGRAM ARGUMENT...`.

The program gets this process's output files; when this process is told to end, or its parent is gone, the
program is ended first.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from types import FrameType

from local.host.parent import follow_parent

SECONDS_TO_STOP = 3.0


def run_leashed(argv: list[str]) -> int:
    """Runs `argv` until it ends; its exit code."""
    program = subprocess.Popen(argv)  # noqa: S603 - the caller names the program

    def stop(_number: int, _frame: FrameType | None) -> None:
        program.terminate()
        last_resort = threading.Timer(SECONDS_TO_STOP, program.kill)
        last_resort.daemon = True
        last_resort.start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    follow_parent()
    return program.wait()


if __name__ == "__main__":
    sys.exit(run_leashed(sys.argv[1:]))

"""Local processes end with the process that started them, so that a killed test run leaves nothing behind.

A process looks at its parent's id now and then. (Linux could signal it, but does so already when the thread
that started the process ends.)
"""

from __future__ import annotations

import os
import signal
import threading
import time

ENVIRONMENT_NAME = "SEATLEDGER_LOCAL_PARENT"
SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_TO_STOP = 5.0


def follow_parent() -> None:
    """Ends this process, first politely, soon after its parent is gone. Returns at once."""
    expected = int(os.environ.pop(ENVIRONMENT_NAME, os.getppid()))
    threading.Thread(target=_watch, args=(expected,), name="follow-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    os.kill(os.getpid(), signal.SIGKILL)

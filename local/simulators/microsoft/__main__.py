"""python -m local.simulators.microsoft --port N --state DIR --secrets DIR"""

from __future__ import annotations

from local.simulators.microsoft.app import build
from local.simulators.serving import read_settings, run

if __name__ == "__main__":
    run(read_settings("microsoft"), build)

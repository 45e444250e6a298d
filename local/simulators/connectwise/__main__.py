"""python -m local.simulators.connectwise --port N --state DIR --secrets DIR"""

from __future__ import annotations

from local.simulators.connectwise.app import build
from local.simulators.serving import read_settings, run

if __name__ == "__main__":
    run(read_settings("connectwise"), build)

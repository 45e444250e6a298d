"""python -m local.simulators.autotask --port N --state DIR --secrets DIR"""

from __future__ import annotations

from local.simulators.autotask.app import build
from local.simulators.serving import read_settings, run

if __name__ == "__main__":
    run(read_settings("autotask"), build)

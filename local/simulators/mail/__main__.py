"""python -m local.simulators.mail --port N --state DIR --secrets DIR"""

from __future__ import annotations

from local.simulators.mail.app import build
from local.simulators.serving import read_settings, run

if __name__ == "__main__":
    run(read_settings("mail"), build)

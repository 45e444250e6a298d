"""Logging of the process: the redactor stands in front of every handler (S5)."""

from __future__ import annotations

import logging

from app.wiring import REDACTOR
from net.redaction import RedactingFilter

QUIET_LOGGERS = ("azure", "httpx", "httpcore", "stamina")


def set_up_logging() -> None:
    """Put the redactor in front of every handler of the root logger, and quieten libraries that log requests."""
    redacting = RedactingFilter(REDACTOR)
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, RedactingFilter) for each in handler.filters):
            handler.addFilter(redacting)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)

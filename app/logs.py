"""Logging of the process: the redactor stands in front of every handler (S5), and in Azure a line is a JSON object.

The Functions host passes what the worker logs on to Application Insights as `traces`; a line that is an object can be
asked for by run, tenant, customer and correlation there (docs/operations.md).
"""

from __future__ import annotations

import json
import logging
from typing import Any, override

from app.environment import sends_to_insights
from net.redaction import RedactingFilter, Redactor
from sync.about import read_about

QUIET_LOGGERS = ("azure", "httpx", "httpcore", "stamina")
FACTS = "facts"
REDACTOR = Redactor()


class JsonLines(logging.Formatter):
    """A record as one JSON object: message, level, logger, what it is about, the event and its facts, the trace.

    `extra={"facts": {...}}` adds numbers and short texts; by convention `event` among them names what happened.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "message": record.getMessage(),
            "level": record.levelname,
            "logger": record.name,
            **read_about(),
            **getattr(record, FACTS, {}),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["trace"] = record.exc_text
        masked = {
            name: self._redactor.redact(value) if isinstance(value, str) else value for name, value in line.items()
        }
        return json.dumps(masked, default=str)


def set_up_logging() -> None:
    """Put the redactor in front of every handler of the root logger, and quieten libraries that log requests.

    Where there is an Application Insights to send to, every line becomes an object.
    """
    redacting = RedactingFilter(REDACTOR)
    formatter = JsonLines(REDACTOR) if sends_to_insights() else None
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, RedactingFilter) for each in handler.filters):
            handler.addFilter(redacting)
        if formatter is not None:
            handler.setFormatter(formatter)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)

"""The one thing of the environment that is asked before there are settings, which need libraries to be read."""

from __future__ import annotations

import os

INSIGHTS_SETTING = "APPLICATIONINSIGHTS_CONNECTION_STRING"


def sends_to_insights() -> bool:
    """Whether the host sends what is logged to Application Insights."""
    return bool(os.environ.get(INSIGHTS_SETTING))

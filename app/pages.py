"""The bridge between the HTTP trigger and the web. Imported at the first request only."""

from __future__ import annotations

import azure.functions as func

from app.wiring import WIRINGS


async def answer(request: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """What the web says to one request."""
    outside = await WIRINGS.outside()
    return func.HttpResponse(f"Seatledger: {len(outside.connections)} connection", mimetype="text/plain")

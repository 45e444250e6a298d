"""How a program is told that nothing was done: RFC 9457, with the sentence that a person would read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

PROBLEM_TYPE = "application/problem+json"


def answer_problem(status: int, sentence: str, **more: Any) -> JSONResponse:
    """The refusal. `more` stands beside it: `errors`, a list of field and sentence, or what belongs to one route.

    It has no `type`, so it is `about:blank`, and its title is what HTTP calls the status.
    """
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": sentence, **more}
    return JSONResponse(body, status, media_type=PROBLEM_TYPE)

"""How every route of `/api/v1` reads a body, lists what there is, and refuses."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.api.shapes import Refused, Shape
from web.forms import read_body
from web.pages.listing import Ask, cut_listing
from web.pages.view import Page

JSON_TYPE = "application/json"


async def read_json[T: Shape](request: Request, shape: type[T]) -> T | Response:
    """The body in that shape, or the answer that says what is wrong with it."""
    text = await read_body(request, JSON_TYPE)
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"]) or "body"
        return refuse(422, f"{place}: {first['msg']}.")


def refuse(status: int, sentence: str) -> Response:
    """A plain answer that nothing was done."""
    return JSONResponse(Refused(error=sentence).model_dump(exclude_none=True), status)


def cut[T](ask: Ask, rows: list[T]) -> Page[T]:
    """The asked page, or the nearest one that exists."""
    return cut_listing(ask, rows, (), (), "").page

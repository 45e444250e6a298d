"""How every route of `/api/v1` reads a body, lists what there is, and refuses."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from web.api.shapes import Shape
from web.forms import read_body
from web.pages.listing import Ask, cut_listing
from web.pages.view import Page
from web.problems import answer_problem

JSON_TYPE = "application/json"
# The largest is a file of mappings, in which a letter that is none of ASCII may be spelt with six.
LARGEST_JSON = 4 * 1024 * 1024


async def read_json[T: Shape](request: Request, shape: type[T]) -> T | Response:
    """The body in that shape, or the answer that says what is wrong with it."""
    text = await read_body(request, JSON_TYPE, LARGEST_JSON)
    try:
        return shape.model_validate_json(text, strict=True)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        errors = [(".".join(str(each) for each in one["loc"]) or "body", f"{one['msg']}.") for one in found]
        return refuse(422, ": ".join(errors[0]), errors)


def refuse(status: int, sentence: str, errors: Sequence[tuple[str, str]] = ()) -> Response:
    """A plain answer that nothing was done. `errors` are fields with what is wrong with each."""
    if not errors:
        return answer_problem(status, sentence)
    return answer_problem(status, sentence, errors=[{"field": field, "detail": words} for field, words in errors])


def cut[T](ask: Ask, rows: list[T]) -> Page[T]:
    """The asked page, or the nearest one that exists."""
    return cut_listing(ask, rows, (), (), "").page

"""What requests carry: plain fields, as browsers send them without JavaScript, or any small body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

FORM_TYPE = "application/x-www-form-urlencoded"
LARGEST_FORM = 256 * 1024
MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """Names and values in the order in which they came; a name may come more than once."""

    fields: Sequence[tuple[str, str]]

    def one(self, name: str) -> str:
        """The first value of that name; empty where there is none."""
        return next((value for each, value in self.fields if each == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of that name."""
        return [value for each, value in self.fields if each == name]


async def read_form(request: Request) -> Form:
    """The fields. Raises HTTPException: 415 for another kind of body, 413 for one too large, 400 for nonsense."""
    body = await read_body(request, FORM_TYPE)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400) from error
    return Form(fields)


async def read_body(request: Request, media_type: str) -> bytes:
    """The body of that type. Raises HTTPException: 415 for another type, 413 for more than anybody needs."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise HTTPException(415)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM:
            raise HTTPException(413)
    return body

"""What requests carry: plain fields, as browsers send them without JavaScript, or any small body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

FORM_TYPE = "application/x-www-form-urlencoded"
FILE_TYPE = "multipart/form-data"
BOUNDARY = re.compile(r'boundary=(?:"([ -!#-~]{1,70})"|([!#-~]{1,70}))', re.ASCII)
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


async def read_form(request: Request, largest: int = LARGEST_FORM) -> Form:
    """The fields. Raises HTTPException: 415 for another kind of body, 413 for one too large, 400 for nonsense."""
    body = await read_body(request, FORM_TYPE, largest)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400) from error
    return Form(fields)


async def read_file(request: Request, name: str, largest: int) -> bytes:
    """The file of that field in a form that sends files; nothing where it sent none. Raises like `read_form`."""
    body = await read_body(request, FILE_TYPE, largest)
    found = BOUNDARY.search(request.headers.get("content-type", ""))
    if found is None:
        raise HTTPException(400)
    boundary = b"\r\n--" + (found[1] or found[2]).encode()
    for part in (b"\r\n" + body).split(boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if f'name="{name}"'.encode() in head:
            return content
    return b""


async def read_body(request: Request, media_type: str, largest: int = LARGEST_FORM) -> bytes:
    """The body of that type. Raises HTTPException: 415 for another type, 413 for more than anybody needs."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise HTTPException(415)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > largest:
            raise HTTPException(413)
    return body

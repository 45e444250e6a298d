"""A form of the pages, said in JSON: the same fields, reader, sentences and entry in the change log.

A route reads its body into a shape, spells the shape as the fields of the form and hands these to the page's own
method. The page is not drawn (`web.rendering.Undrawn`): what it would show is what is answered.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message

from plans.errors import Bug
from web.api.answering import read_json, refuse
from web.api.shapes import Shape
from web.forms import FORM_TYPE
from web.pages.adoptions import AdoptionView
from web.pages.approvals import Trouble
from web.rendering import Undrawn
from web.sheet import Sheet

REFUSED = 400
YES = "yes"
ASKED = re.compile(r"/runs/(?P<run>[^/]+)/asked")
MADE = re.compile(r"/(?:customers|tools/rules)/(?P<id>[^/]+)")
# How a page says what is wrong with no field in particular.
SENTENCES = ("trouble", "moved", "notice", "row_trouble")
MOVED = "The world has changed since this was read, so nothing was done. Read it again, and decide again."
UNFIT = "The body does not fit, so nothing was done."

# The sentence by the word with which a page goes on, or by everything that stands in the address.
type Told = Mapping[str, str] | Callable[[Mapping[str, str]], str]
type PageMethod = Callable[[Request], Awaitable[Response]]


class As:
    """The name that a field has in the form, where it is another one than in JSON."""

    def __init__(self, name: str) -> None:
        self.name = name


class FormShape(Shape):
    """What a form carries. A field that is left out is empty in the form, and a box that is not ticked."""

    def spell(self) -> Iterator[tuple[str, str]]:
        """The fields of the form."""
        for name in type(self).model_fields:
            for value in spell_value(getattr(self, name)):
                yield self.name_field(name), value

    @classmethod
    def name_field(cls, name: str) -> str:
        """What a field of this shape is called in the form."""
        found = cls.model_fields.get(name)
        return next((each.name for each in (found.metadata if found else ()) if isinstance(each, As)), name)

    def find_place(self, field: str) -> str | None:
        """Where in the body a field of the form stands; None where it is none of them."""
        return next((each for each in type(self).model_fields if self.name_field(each) == field), None)


class Nothing(FormShape):
    """No field: the address says it all."""


class Done(Shape):
    """It is done. `id` is that of what was made, `run_id` that of the run which was asked for."""

    done: Annotated[str, Field(description="What was done, in one word")]
    sentence: Annotated[str, Field(description="What the page says afterwards")]
    id: str | None = None
    run_id: str | None = None


def spell_value(value: Any) -> list[str]:
    """A value as a form carries it."""
    match value:
        case None | False:
            return []
        case True:
            return [YES]
        case list() | tuple():
            return [each for one in value for each in spell_value(one)]
        case Decimal():
            return [f"{value:f}"]
        case date():
            return [value.isoformat()]
        case _:
            return [str(value)]


def make_form_request(request: Request, fields: Iterable[tuple[str, str]], query: str = "") -> Request:
    """The same request, as a browser would have sent it with these fields."""
    body = urlencode(list(fields)).encode()
    kept = [(name, value) for name, value in request.scope["headers"] if name in (b"x-forwarded-for", b"user-agent")]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [*kept, (b"content-type", FORM_TYPE.encode())]
    return Request({**request.scope, "headers": headers, "query_string": query.encode()}, receive)


async def show_page(request: Request, page: PageMethod, query: str | None = None) -> Undrawn | Response:
    """What a page would show; the refusal where it says that it cannot."""
    asked = request if query is None else make_form_request(request, (), query)
    answer = await page(asked)
    if isinstance(answer, Undrawn) and answer.status_code >= REFUSED:
        return refuse_page(answer, FormShape())
    return answer


async def act[S: FormShape](
    request: Request,
    shape: type[S],
    page: PageMethod,
    told: Told,
    *,
    refused: Mapping[str, int] | None = None,
    shown: Callable[[Undrawn, S], Response] | None = None,
    more: Callable[[S], Iterable[tuple[str, str]]] | None = None,
    in_address: Collection[str] = (),
) -> Response:
    """Read the body, do what the form does, and say what came of it.

    `told` are the sentences by the word with which the page goes on, `refused` the statuses of those words after which
    nothing was done. `shown` answers what the page shows where it asks first. `more` are fields that the body implies,
    `in_address` those that the page reads from its address.
    """
    body = await read_json(request, shape)
    if isinstance(body, Response):
        return body
    fields = [*body.spell(), *(() if more is None else more(body))]
    address = urlencode([(name, value) for name, value in fields if name in in_address])
    answer = await page(make_form_request(request, fields, address))
    if not isinstance(answer, Undrawn):
        return tell(answer, told, refused or {})
    if answer.status_code >= REFUSED:
        return refuse_page(answer, body)
    if shown is None:
        raise Bug(f"{request.url.path} showed a page where it should have gone on.")
    return shown(answer, body)


def tell(answer: Response, told: Told, refused: Mapping[str, int]) -> Response:
    """What the page says on the address to which it sends the browser."""
    if "location" not in answer.headers:
        return answer
    parts = urlsplit(answer.headers["location"])
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    run = ASKED.fullmatch(parts.path)
    run_id = run["run"] if run else query.get("run")
    word = query.get("told", "asked" if run or "asked" in query else "done")
    sentence = told(query) if callable(told) else told.get(word, "")
    made = MADE.fullmatch(parts.path) if word in ("added", "made") else None
    thing = unquote(made["id"]) if made else query.get("id")
    if word in refused:
        return refuse(refused[word], sentence)
    if "asked" in query and query["asked"] != "night":
        run_id = query["asked"]
    return JSONResponse(Done(done=word, sentence=sentence, id=thing, run_id=run_id).write())


def refuse_page(page: Undrawn, body: FormShape) -> Response:
    """The refusal that a page shows beside its fields, or above them."""
    return refuse(page.status_code, *find_troubles(page, body))


def find_troubles(page: Undrawn, body: FormShape) -> tuple[str, list[tuple[str, str]]]:
    """What a page says is wrong: in a sentence, and by field of the body."""
    found: dict[str, str] = {}
    sentences: list[str] = []
    for name, value in page.values.items():
        match value:
            case Sheet():
                found |= value.troubles
            case Trouble():
                found[value.field] = value.sentence
            case str() if value and name in SENTENCES:
                sentences.append(value)
            case dict() if name == "troubles":
                found |= value
            case AdoptionView(cannot=cannot) if cannot:
                sentences.append(cannot)
    errors: list[tuple[str, str]] = []
    for field, sentence in found.items():
        place = body.find_place(field)
        if place is None:
            sentences.append(sentence)
        else:
            errors.append((place, sentence))
    fallback = MOVED if page.status_code == 409 else UNFIT
    return next(iter((*sentences, *(sentence for _, sentence in errors))), fallback), errors

"""What every route of `/api/v1` says of itself: its method, its path, what it takes and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from web.api import shapes
from web.api.shapes import Shape
from web.security.permissions import PERMISSIONS, Permission

ROOT = "/api/v1"
type Answers = Mapping[int, tuple[type[Shape], str]]

PARAMETERS = {
    "q": "Search words",
    "state": "Only what stands like this, by the names that the page's filters have",
    "customer": "Only this customer, by its id",
    "sort": "The column to order by; a minus before it turns the order round",
    "page": "Which page, counted from 1",
    "all": "With anything in it: what is added or excluded already, too",
    "to": "The address of a recipient",
    "sku": "The licence to map, by its id",
    "term": "The term that it was bought for: any, P1M, P1Y or P3Y",
    "profile": "The billing profile that it would be mapped to, by its id",
    "scope": "Where to look: mapped, on agreements that are mapped here; all, on every active one",
    "marker": "Made by: any, blank for those typed by hand, or a marker of another tool",
    "product": "Words of the product or marker",
    "start": "The first customer that is looked at, counted by name from 1; 200 at once",
    "account": "The Microsoft account to look through, by its id",
}
LISTED = ("q", "state", "sort", "page")
NOT_UNDERSTOOD: Answers = {
    413: (shapes.Refused, "The body is larger than 256 KiB"),
    415: (shapes.Refused, "The body is not application/json"),
    422: (shapes.Refused, "The body does not fit; the sentence names the field"),
}
NOT_THERE: Answers = {404: (shapes.Refused, "There is nothing with this id")}
MOVED: Answers = {409: (shapes.Refused, "The world has changed since it was read; nothing was done")}
EVERYWHERE: Answers = {
    401: (shapes.Refused, "No token, or none that is good"),
    403: (shapes.Refused, "The token's role does not allow this"),
    503: (shapes.Refused, "Seatledger cannot read its records now; try again in a minute"),
}
ROLES = {Permission.LOOK: "reader", Permission.OPERATE: "operator", Permission.ADMINISTER: "administrator"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. `name` is the method that answers it; `answers` are those besides the ones every route can give.

    `pages` are the addresses of the pages whose GET or POST it says in JSON.
    """

    method: Literal["GET", "POST"]
    path: str
    name: str
    summary: str
    answers: Answers
    body: type[Shape] | None = None
    query: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """The weakest role whose token may."""
        return ROLES[PERMISSIONS[self.method, self.path]]

    @property
    def path_names(self) -> list[str]:
        """The names within the path."""
        return [part.split("}")[0] for part in self.path.split("{")[1:]]

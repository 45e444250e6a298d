"""The addresses of the tools for many customers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from web.context import WebContext
from web.pages.search import SearchPage
from web.pages.site import Site
from web.pages.tools.ending import EndingPage
from web.pages.tools.ground import Ground
from web.pages.tools.importing import ImportPage
from web.pages.tools.many import ManyPage
from web.pages.tools.naming import NamingPage
from web.pages.tools.rules import RulesPage


def list_tools(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """What is done for many customers at once, and the search. A path with a name in it comes after those without."""
    ground = Ground(site, context)
    many, rules, rule = ManyPage(ground), RulesPage(ground), "/tools/rules/{rule_id}"
    ending, files, naming = EndingPage(ground), ImportPage(ground), NamingPage(ground)
    return [
        ("GET", "/search", SearchPage(ground).show),
        ("GET", "/tools/map", many.show),
        ("GET", "/tools/map.csv", many.download),
        ("GET", "/tools/map/review", many.review),
        ("POST", "/tools/map", many.map),
        ("GET", "/tools/rules", rules.show),
        ("GET", "/tools/rules/new", rules.show_new),
        ("POST", "/tools/rules/new", rules.make),
        ("GET", "/tools/profiles", naming.show),
        ("POST", "/tools/profiles", naming.make),
        ("GET", "/tools/import", files.show),
        ("GET", "/tools/import.csv", files.download),
        ("POST", "/tools/import", files.upload),
        ("GET", "/tools/import/review", files.review),
        ("POST", "/tools/import/apply", files.apply),
        ("GET", "/tools/end", ending.show),
        ("GET", "/tools/end.csv", ending.download),
        ("GET", "/tools/end/review", ending.review),
        ("POST", "/tools/end", ending.end),
        ("GET", "/tools/ended", ending.show_asked),
        ("POST", "/tools/ended", ending.take_back),
        ("GET", rule, rules.show_one),
        ("GET", f"{rule}/review", rules.review),
        ("POST", f"{rule}/mode", rules.change_mode),
        ("POST", f"{rule}/map", rules.map),
        ("POST", f"{rule}/remove", rules.remove),
    ]

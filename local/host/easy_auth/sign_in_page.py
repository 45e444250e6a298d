"""The local sign-in page: one button per person, no password, because nobody but this machine can see it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from local.host.easy_auth.people import Person

_STYLE = """
:root { color-scheme: light dark; --edge: #c8ccd2; --accent: #1f5fae; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas;
  font: 16px/1.5 system-ui, sans-serif; }
main { width: min(26rem, 90vw); padding: 2rem; border: 1px solid var(--edge); border-radius: .75rem; }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; }
p { margin: 0 0 1.25rem; opacity: .8; }
button { display: block; width: 100%; margin: 0 0 .6rem; padding: .7rem .9rem; text-align: left; cursor: pointer;
  font: inherit; color: inherit; background: transparent; border: 1px solid var(--edge); border-radius: .5rem; }
button:hover, button:focus-visible { border-color: var(--accent); outline: 2px solid var(--accent); }
strong, small { display: block; }
small { opacity: .8; }
"""


def render_sign_in_page(people: Iterable[Person], target: str) -> str:
    """The page; whoever is chosen goes on to `target`."""
    buttons = "".join(_render_person(person) for person in people)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in on this machine</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>Sign in on this machine</h1>"
        "<p>This page stands in for Microsoft sign-in. Choose who you are.</p>"
        f'<form method="post" action="/.auth/login/aad">'
        f'<input type="hidden" name="post_login_redirect_uri" value="{escape(target, quote=True)}">'
        f"{buttons}</form></main></body></html>"
    )


def _render_person(person: Person) -> str:
    return (
        f'<button name="person" value="{escape(person.key, quote=True)}">'
        f"<strong>{escape(person.name)}</strong>"
        f"<small>{escape(', '.join(person.roles))}: {escape(person.does)}</small></button>"
    )

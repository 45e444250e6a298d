"""The pages that stand in for Microsoft's: who consents, to what, or why nobody can. They say what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
:root { color-scheme: light dark; --edge: #8a8f98; --accent: #1f5fae; --on-accent: #ffffff; --warn: #7a4b00;
  --warn-back: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --accent: #8fbdf5; --on-accent: #10233a; --warn: #ffdf9e;
  --warn-back: #3b2d0c; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText;
  font: 16px/1.5 system-ui, sans-serif; }
main { width: min(34rem, 100vw); padding: 1.5rem; }
.stand-in { margin: 0 0 1.25rem; padding: .6rem .9rem; border: 1px solid currentColor; border-radius: .5rem;
  color: var(--warn); background: var(--warn-back); }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.25; }
h2, legend { margin: 0; padding: 0; font-size: 1rem; font-weight: 600; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
ul { margin: .25rem 0 1.25rem; padding-left: 1.25rem; }
fieldset { margin: 0 0 1.25rem; padding: 0; border: 0; min-width: 0; }
label { display: flex; gap: .75rem; margin: .5rem 0 0; padding: .6rem .8rem; cursor: pointer;
  border: 1px solid var(--edge); border-radius: .5rem; }
label:has(:checked) { border-color: var(--accent); outline: 1px solid var(--accent); }
input { margin: .35rem 0 0; accent-color: var(--accent); }
strong, small { display: block; overflow-wrap: anywhere; }
.actions { display: flex; gap: .75rem; justify-content: flex-end; }
button { min-height: 2.75rem; padding: .5rem 1.25rem; font: inherit; cursor: pointer; color: inherit;
  background: transparent; border: 1px solid var(--edge); border-radius: .5rem; }
button[value=accept] { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""
STAND_IN = "This is not Microsoft. Seatledger's local stand-in plays Microsoft's sign-in on this machine."


@dataclass(frozen=True)
class Choice:
    """Somebody who may consent."""

    value: str
    name: str
    user_name: str
    about: str


@dataclass(frozen=True)
class Question:
    """What a page asks. `address` is where its form goes; the first choice is ticked unless `hint` names another."""

    heading: str
    explanation: str
    permissions: Sequence[str]
    who: str
    choices: Sequence[Choice]
    address: str
    hint: str = ""


def render_question(question: Question) -> str:
    hinted = next((each for each in question.choices if each.user_name == question.hint), question.choices[0])
    choices = "".join(_render_choice(choice, is_chosen=choice is hinted) for choice in question.choices)
    permissions = "".join(f"<li>{escape(each)}</li>" for each in question.permissions)
    return _render_page(
        question.heading,
        f"<p>{escape(question.explanation)}</p><h2>It wants to</h2><ul>{permissions}</ul>"
        f'<form method="post" action="{escape(question.address, quote=True)}">'
        f"<fieldset><legend>{escape(question.who)}</legend>{choices}</fieldset>"
        '<div class="actions"><button name="decision" value="cancel">Cancel</button>'
        '<button name="decision" value="accept">Accept</button></div></form>',
    )


def render_error_page(description: str) -> str:
    return _render_page(
        "Sorry, but we’re having trouble signing you in.",
        f"<p>{escape(description)}</p><p>Nothing was sent to the application. Go back, and start again there.</p>",
    )


def _render_choice(choice: Choice, *, is_chosen: bool) -> str:
    checked = " checked" if is_chosen else ""
    return (
        f'<label><input type="radio" name="account" value="{escape(choice.value, quote=True)}"{checked}>'
        f"<span><strong>{escape(choice.name)}</strong><small>{escape(choice.user_name)}</small>"
        f"<small>{escape(choice.about)}</small></span></label>"
    )


def _render_page(heading: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(heading)} (stand-in)</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_STYLE}</style></head><body><main><p class="stand-in">{STAND_IN}</p>'
        f"<h1>{escape(heading)}</h1>{content}</main></body></html>"
    )

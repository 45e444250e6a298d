"""What the stand-in took, for people: a list, and each mail as its reader sees it, its plain text below."""

from __future__ import annotations

from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.simulators.control import PREFIX
from local.simulators.mail.folder import MailFolder, TakenMail

STAND_IN = "This is not a mailbox. Seatledger's local stand-in keeps here what it was sent on this machine."
# A mail is what others wrote: it may show itself and open its links in a tab of their own, and nothing else.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox {SANDBOX}"
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --edge: #8a8f98; --accent: #1f5fae; --warn: #7a4b00; --warn-back: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --accent: #8fbdf5; --warn: #ffdf9e; --warn-back: #3b2d0c; } }
* { box-sizing: border-box; }
body { margin: 0; background: Canvas; color: CanvasText; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 80rem; margin: 0 auto; padding: 1rem; }
a { color: var(--accent); }
h1 { margin: 0 0 .5rem; font-size: 1.35rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 .5rem; font-size: 1rem; }
.back { display: inline-block; line-height: 44px; }
.stand-in { margin: 0 0 1rem; padding: .5rem .8rem; border-radius: .5rem; color: var(--warn);
  background: var(--warn-back); }
ol { margin: 0; padding: 0; list-style: none; }
li { border-bottom: 1px solid var(--edge); }
li a { display: block; padding: .7rem 0; min-height: 2.75rem; text-decoration: none; }
li strong { display: block; overflow-wrap: anywhere; text-decoration: underline; }
small { color: CanvasText; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0 0 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.by-itself { display: inline-block; line-height: 44px; }
details { margin-top: 1rem; }
summary { min-height: 44px; line-height: 44px; font-weight: 600; cursor: pointer; }
iframe { width: 100%; height: 85vh; border: 1px solid var(--edge); background: #fff; color-scheme: light; }
pre { margin: 0; padding: .8rem; border: 1px solid var(--edge); white-space: pre-wrap; overflow-wrap: anywhere;
  font: 14px/1.5 ui-monospace, monospace; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""


class MailPages:
    """GET / and /mails/N; for tests /__simulator/mails, which DELETE empties."""

    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    def routes(self) -> list[Route]:
        return [
            Route("/", self.list_mails),
            Route("/mails/{number:int}", self.show_mail),
            Route("/mails/{number:int}/html", self.show_html),
            Route(f"{PREFIX}/mails", self.mails, methods=["GET", "DELETE"]),
        ]

    async def list_mails(self, request: Request) -> Response:
        mails = self._folder.read()[::-1]
        rows = "".join(
            f'<li><a href="/mails/{mail.number}"><strong>{escape(mail.subject)}</strong>'
            f"<small>to {escape(', '.join(mail.recipients))}, {write_time(mail)}, by {mail.via}</small></a></li>"
            for mail in mails
        )
        body = f"<ol>{rows}</ol>" if rows else "<p>Nothing was sent yet.</p>"
        return show_page("Mails", f"<h1>Mails, the newest first</h1>{body}")

    async def show_mail(self, request: Request) -> Response:
        mail = self._find(request)
        html = f'<iframe src="/mails/{mail.number}/html" sandbox="{SANDBOX}" title="The mail as its reader sees it">'
        return show_page(
            mail.subject,
            f'<p><a class="back" href="/">All mails</a></p><h1>{escape(mail.subject)}</h1>'
            f"<dl><dt>From</dt><dd>{escape(mail.sender)}</dd><dt>To</dt><dd>{escape(', '.join(mail.recipients))}</dd>"
            f"<dt>Taken</dt><dd>{write_time(mail)}, by {mail.via}</dd></dl>"
            f"<section><h2>As its reader sees it</h2>{html}</iframe>"
            f'<p><a class="by-itself" href="/mails/{mail.number}/html">Open it by itself</a></p></section>'
            f"<details><summary>As plain text</summary><pre tabindex='0'>{escape(mail.body('plain'))}</pre></details>",
        )

    async def show_html(self, request: Request) -> Response:
        """The mail itself; its links open beside it, for no page lets itself be framed."""
        mail = self._find(request)
        text, base = mail.body("html"), '<base target="_blank">'
        framed = text.replace("<head>", f"<head>{base}", 1) if "<head>" in text else f"{text}{base}"
        return HTMLResponse(framed, headers={"Content-Security-Policy": MAIL_POLICY})

    async def mails(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._folder.clear()
        return JSONResponse([mail.describe() for mail in self._folder.read()])

    def _find(self, request: Request) -> TakenMail:
        number = request.path_params["number"]
        found = next((mail for mail in self._folder.read() if mail.number == number), None)
        if found is None:
            raise HTTPException(404)
        return found


def write_time(mail: TakenMail) -> str:
    return f"{mail.taken_at:%Y-%m-%d %H:%M} UTC"


def show_page(title: str, body: str) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><main><p class="stand-in">{STAND_IN}</p>{body}</main></body></html>',
        headers={"Content-Security-Policy": PAGE_POLICY},
    )

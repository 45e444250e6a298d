"""Sending from a mailbox of the MSP by Graph's sendMail, as the application itself (docs/mail.md).

Graph docs, `api-reference/v1.0/api/user-sendmail.md`: `POST /users/{id | userPrincipalName}/sendMail`; MIME as base64
text with content type text/plain, which lies in Sent Items afterwards; 202 without a body says that it was accepted,
not that it was delivered. The permission is Mail.Send, which docs/permissions.md limits to the mailbox.
"""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import httpx

from microsoft.session import Door, Session
from microsoft.tokens import AccessToken
from net.client import LONGEST_REQUEST_SECONDS, Answer, WebClient, parse_retry_after
from plans.errors import Retry
from plans.mail_channels import GraphSettings, Letter, MailAnswer, MailDelayed, MailInDoubt, MailRefused, MailTaken
from profiles.readings import Reading, Unknown, UnknownReason

REFUSED_TOKEN = 401
LONGEST_SIGN_IN_SECONDS = 90.0
# Two rounds, where the first one's token is refused.
LONGEST_SEND_SECONDS = 2 * (LONGEST_SIGN_IN_SECONDS + LONGEST_REQUEST_SECONDS)
LONGEST_CODE = 80
SIGN_IN_CODE = re.compile(r"AADSTS(\d+)")
# Where nothing has left yet: no connection, so no request.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
UNKNOWN_APPLICATION = "Microsoft does not know this application in this directory. Compare both ids with the app."
SIGN_IN_MEANINGS = {
    7000215: "The client secret is wrong. Type the secret's value, not its id.",
    7000222: "The client secret has expired. Make a new one, and type it.",
    700016: UNKNOWN_APPLICATION,
    7000229: UNKNOWN_APPLICATION,
    90002: "Microsoft knows no such directory. Compare the directory (tenant) id.",
}


@dataclass(frozen=True, slots=True)
class GraphMailChannel:
    """`plans.mail_channels.MailChannel` by Graph. `graph` is a client of the cloud's Graph, `session` of the app."""

    settings: GraphSettings
    session: Session
    graph: WebClient

    @property
    def sender(self) -> str:
        """The mailbox."""
        return self.settings.sender

    async def send(self, letter: Letter) -> MailAnswer:
        """Hand the letter over, once; a second time only where the first one's token was refused, unread."""
        refused: AccessToken | None = None
        for _ in range(2):
            token = await self._open(refused)
            if isinstance(token, Unknown):
                return MailDelayed(explain_sign_in(token))
            answer = await self._post(token.value, letter)
            if not isinstance(answer, Answer):
                return answer
            if answer.status != REFUSED_TOKEN:
                return self._judge(answer)
            refused = token.value
        return MailDelayed("Microsoft refuses the application's token. Look at the app registration.")

    async def _open(self, refused: AccessToken | None) -> Reading[AccessToken]:
        try:
            async with asyncio.timeout(LONGEST_SIGN_IN_SECONDS):
                return await self.session.open(Door(self.settings.tenant_id, self.graph.origin), refused)
        except TimeoutError:
            return Unknown(UnknownReason.UNREACHABLE, "Microsoft's sign-in does not answer in time.")
        except Retry as error:
            return Unknown(UnknownReason.UNREACHABLE, f"{error}.")

    async def _post(self, token: AccessToken, letter: Letter) -> Answer | MailAnswer:
        headers = {"Authorization": f"Bearer {token.value}", "Content-Type": "text/plain"}
        path = f"/v1.0/users/{quote(self.settings.sender, safe='@')}/sendMail"
        try:
            return await self.graph.send(
                "POST", path, headers=headers, text=base64.b64encode(letter.content).decode("ascii")
            )
        except NEVER_SENT:
            return MailDelayed("Microsoft Graph does not answer.")
        except httpx.TransportError:
            return MailInDoubt(f"The mail was sent, and Microsoft did not say whether it took it. {self._look()}")

    def _judge(self, answer: Answer) -> MailAnswer:
        """What an answer means for the mail. One of 500 and more may come after Graph has acted."""
        mailbox, code = self.settings.sender, read_code(answer)
        match answer.status:
            case 202:
                return MailTaken(f"Microsoft took it; a copy lies in Sent Items of {mailbox}.")
            case 403:
                return MailDelayed(
                    f"Microsoft does not let the application send from {mailbox}{code}. Assign it the role "
                    "Application Mail.Send in Exchange Online with a scope that holds this mailbox (Mail.Send)."
                )
            case 404:
                return MailDelayed(f"Microsoft finds no mailbox {mailbox}{code}. Type the address of one that it has.")
            case 429:
                wait = parse_retry_after(answer)
                return MailDelayed(
                    f"Microsoft asks to send less{code}.", None if wait is None else timedelta(seconds=wait)
                )
            case status if status >= 500 or answer.is_success:
                return MailInDoubt(f"Microsoft answered {status}{code}, and may have sent the mail. {self._look()}")
            case status:
                return MailRefused(f"Microsoft refuses the mail: {status}{code}.")

    def _look(self) -> str:
        return f"Look into Sent Items of {self.settings.sender}; send it again if it is not there."


def explain_sign_in(refusal: Unknown) -> str:
    """Why the application gets no token, in the words of this page."""
    found = SIGN_IN_CODE.search(refusal.detail)
    meaning = SIGN_IN_MEANINGS.get(int(found[1])) if found else None
    return f"{meaning} (AADSTS{found[1]})" if found and meaning else refusal.detail


def read_code(answer: Answer) -> str:
    """Graph's own error code, in brackets; empty where it sends none."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return f" ({code[:LONGEST_CODE]})" if isinstance(code, str) and code.isidentifier() else ""

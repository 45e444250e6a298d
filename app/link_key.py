"""The key that links in mails are signed with: a secret that Seatledger makes for itself when it first needs one."""

from __future__ import annotations

import base64
from secrets import token_bytes

from net.redaction import Redactor
from notify.links import KEY_BYTES
from plans.errors import Misconfigured
from store.secrets import RenewedSecrets

LINK_KEY_SECRET = "mail-link-key"  # noqa: S105 - the name under which a secret is kept


class LinkKey:
    """Reads the key, and makes it where there is none: of several that make one at once, the first stands."""

    def __init__(self, secrets: RenewedSecrets, redactor: Redactor) -> None:
        self._secrets = secrets
        self._redactor = redactor

    async def read(self) -> bytes:
        """The key in force. Raises Misconfigured where secrets can be neither read nor stored."""
        try:
            held = await self._secrets.read(LINK_KEY_SECRET)
        except Misconfigured:
            made = base64.b64encode(token_bytes(KEY_BYTES)).decode()
            await self._secrets.renew(LINK_KEY_SECRET, made, None)
            held = await self._secrets.read(LINK_KEY_SECRET)
        self._redactor.remember(held.value)
        return base64.b64decode(held.value)

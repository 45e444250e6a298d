"""What somebody wants a PSA connection to be. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from plans.connecting import AutotaskConnection, ConnectWiseConnection, PsaConnection, PsaKeys

LONGEST_NAME = 60
UNSAVED = "new"


@dataclass(frozen=True, slots=True)
class Wish:
    """The connection as somebody wants it, and the keys if they were typed.

    `confirmed` are names of ConnectWise's billing cycles; `is_same_psa` says that a site that moved is still the same.
    """

    connection: PsaConnection
    keys: PsaKeys | None
    confirmed: tuple[str, ...] = ()
    is_same_psa: bool = False


def moves_keys(wish: Wish, kept: PsaConnection | None) -> bool:
    """Whether who we are or whom we ask would change, so that it has to be tried before it is kept."""
    return kept is None or wish.keys is not None or find_identity(wish.connection) != find_identity(kept)


def find_identity(connection: PsaConnection) -> tuple[str, ...]:
    """Who we are at which address."""
    match connection:
        case ConnectWiseConnection():
            return connection.site_url, connection.company, connection.client_id
        case AutotaskConnection():
            return connection.zone_url, connection.database, connection.user_name

"""The application that the MSP registered: its id and where it may be answered."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.control import PREFIX, refused
from local.simulators.microsoft.tenants import Tenants

NAME = "Seatledger"


class Application:
    """Redirect addresses are those that the simulator was started with; PATCH on the control panel names others.

    `isPreconsented` False: no customer's tenant has let the application in yet (see `consents`).
    """

    def __init__(self, tenants: Tenants, redirect_uris: tuple[str, ...]) -> None:
        self._tenants = tenants
        self._redirect_uris = redirect_uris

    @property
    def client_id(self) -> str:
        return self._tenants.client_id

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Exactly as registered: Microsoft compares characters, with no wildcards."""
        return tuple(self._tenants.application.get("redirectUris", self._redirect_uris))

    def routes(self) -> list[Route]:
        return [Route(f"{PREFIX}/application", self.application, methods=["GET", "PATCH"])]

    async def application(self, request: Request) -> Response:
        if request.method == "PATCH":
            wanted = await request.json()
            if unknown := set(wanted) - {"redirectUris", "isPreconsented"}:
                return refused(400, f"unknown member {sorted(unknown)[0]!r}")
            self._tenants.application.update(wanted)
            self._tenants.save()
        shown = {"clientId": self.client_id, "redirectUris": self.redirect_uris}
        return JSONResponse({**shown, "isPreconsented": self._tenants.application.get("isPreconsented", True)})

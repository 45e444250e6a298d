"""Where a PSA shows people what Seatledger bills: links into its own pages. Pure."""

from __future__ import annotations

from urllib.parse import urlencode

from plans.connecting import AutotaskConnection, ConnectWiseConnection, PsaConnection

COMMAND = "/Autotask/AutotaskExtend/ExecuteCommand.aspx"


def find_company_page(connection: PsaConnection, company_id: str) -> str:
    """The company's page in the PSA; empty where nobody described its address.

    Autotask opens records by its ExecuteCommand API, at the address for people that zone discovery named.
    """
    match connection:
        case AutotaskConnection(web_url=web_url) if web_url:
            return f"{web_url}{COMMAND}?{urlencode({'Code': 'OpenAccount', 'AccountID': company_id})}"
        case AutotaskConnection() | ConnectWiseConnection():
            return ""

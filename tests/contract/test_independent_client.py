"""A ConnectWise client that somebody else wrote, against the simulator: it knows the real service."""

from __future__ import annotations

import httpx
from connectwise import ConnectWiseClient

from tests.contract.running import CLIENT_ID_HEADER, NO_TLS, RunningSimulator


def client_of(simulator: RunningSimulator) -> ConnectWiseClient:
    return ConnectWiseClient(
        base_url=simulator.base_url,
        client="demo",
        username=simulator.secret("connectwise-public-key"),
        password=simulator.secret("connectwise-private-key"),
        client_id=CLIENT_ID_HEADER,
    )


def test_it_lists_agreements_and_additions(connectwise_simulator: RunningSimulator) -> None:
    client = client_of(connectwise_simulator)
    agreements = client.get_company_agreements(250)
    assert [(row.id, row.name, row.company_name) for row in agreements] == [
        (1201, "Managed Services", "Harbour Dental Group")
    ]
    assert agreements[0].prorateFlag
    additions = client.get_agreement_additions(1201)
    assert [(row.product_identifier, row.quantity) for row in additions] == [("BACKUP-SRV", 2.0)]
    assert client.get_agreement(99) is None


def test_it_pages_through_everything(connectwise_simulator: RunningSimulator) -> None:
    client = client_of(connectwise_simulator)
    for number in range(5):
        client.create_agreement_addition(1201, 501, quantity=number + 1, effective_date="2026-11-01T00:00:00Z")
    rows = client.get_all("finance/agreements/1201/additions", pagesize=2, orderby="id desc")
    assert [row["quantity"] for row in rows] == [5.0, 4.0, 3.0, 2.0, 1.0, 2.0]
    assert client.get_count("finance/agreements/1201/additions", conditions="product/id=501") == 5


def test_a_quantity_that_it_changes_is_what_others_read(connectwise_simulator: RunningSimulator) -> None:
    client = client_of(connectwise_simulator)
    made = client.create_agreement_addition(1201, 501, quantity=12)
    operations = [{"op": "replace", "path": "quantity", "value": 14}]
    client.patch("finance/agreements/1201/additions", made.id, operations)
    assert client.get_agreement_addition(1201, made.id).quantity == 14.0

    user = f"demo+{connectwise_simulator.secret('connectwise-public-key')}"
    read = httpx.get(
        f"{connectwise_simulator.base_url}/v2026_4/apis/3.0/finance/agreements/1201/additions/{made.id}",
        auth=(user, connectwise_simulator.secret("connectwise-private-key")),
        headers={"clientId": CLIENT_ID_HEADER},
        verify=NO_TLS,
    )
    assert read.json()["quantity"] == 14.0

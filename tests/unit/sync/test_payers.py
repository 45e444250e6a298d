"""Who pays for a customer is asked only where its agreement is another company's, and in the name of the run."""

from __future__ import annotations

from typing import cast, override

import pytest

from app.closed import ClosedPsa
from plans.agreements import Agreement, AgreementFacts
from plans.catalogue import Payer
from plans.errors import Retry
from profiles.readings import Known, Unknown
from sync.readings import Agreements, find_payer

RUN = "2026-11-22"


class PayingPsa(ClosedPsa):
    """The parent of every company; `error` is raised instead."""

    def __init__(self, payer: Payer | None, error: Retry | None = None) -> None:
        super().__init__("", "autotask")
        self.payer, self.error = payer, error
        self.asked: list[tuple[str, str]] = []

    @override
    async def read_payer(self, company_id: str, run_id: str = "") -> Payer | None:
        self.asked.append((company_id, run_id))
        if self.error is not None:
            raise self.error
        return self.payer


def make_agreement(agreement_id: str, company_id: str) -> Known[Agreement | None]:
    facts = cast("AgreementFacts", None)
    return Known(Agreement("at", agreement_id, "Microsoft 365", company_id, facts, ()))


OWN, FOREIGN = make_agreement("1", "42"), make_agreement("2", "7")
GONE: Known[Agreement | None] = Known(None)


@pytest.mark.parametrize("agreements", [{}, {"1": OWN}, {"1": OWN, "3": GONE}])
async def test_nobody_is_asked_who_pays_for_what_is_on_its_own_agreements(agreements: Agreements) -> None:
    psa = PayingPsa(Payer("7", "Harbour Group"))
    assert await find_payer(psa, "42", agreements, RUN) == ("", agreements)
    assert psa.asked == []


@pytest.mark.parametrize(("payer", "payer_id"), [(Payer("7", "Harbour Group"), "7"), (None, "")])
async def test_another_companys_agreement_is_asked_about_in_the_name_of_the_run(
    payer: Payer | None, payer_id: str
) -> None:
    agreements: Agreements = {"1": OWN, "2": FOREIGN}
    psa = PayingPsa(payer)
    assert await find_payer(psa, "42", agreements, RUN) == (payer_id, agreements)
    assert psa.asked == [("42", RUN)]


async def test_where_nobody_says_who_pays_only_the_other_companys_agreement_is_unknown() -> None:
    psa = PayingPsa(None, Retry("no answer"))
    payer_id, agreements = await find_payer(psa, "42", {"1": OWN, "2": FOREIGN, "3": GONE}, RUN)
    assert (payer_id, agreements["1"], agreements["3"]) == ("", OWN, GONE)
    doubt = agreements["2"]
    assert isinstance(doubt, Unknown) and doubt.detail.endswith("no answer")

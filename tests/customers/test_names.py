"""A name in its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.names import Named, formal, named, of_two_genders, sound
from tests.customers.strategies import texts


def one_string(text: str) -> Named:
    return named({"full": text}, "", "")[0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ana Prado", Named(("ana",), ("prado",))),
        ("Ana Maria Prado Lima", Named(("ana", "maria"), ("prado", "lima"))),
        ("João da Silva dos Santos", Named(("joao",), ("silva", "santos"))),
        ("García López, Ana María", Named(("ana", "maria"), ("garcia", "lopez"))),
        ("Sra. Ana D'Ávila", Named(("ana",), ("davila",))),
        ("José Silva Filho", Named(("jose",), ("silva",), "junior")),
        ("José Silva Jr.", Named(("jose",), ("silva",), "junior")),
        ("José Neto", Named(("jose",), ("neto",))),
        ("Ana I. Prado", Named(("ana", "i"), ("prado",))),
        ("Ana P.", Named(("ana",), ("p",))),
        ("Prado Lima Ana", Named(("ana",), ("prado", "lima"))),
        ("Prado Lima Ana María", Named(("ana", "maria"), ("prado", "lima"))),
        ("Ana Prado Martín", Named(("ana",), ("prado", "martin"))),
        ("Prado Ana", Named(("prado",), ("ana",))),
        ("Ana", Named(("ana",))),
        ("", Named()),
    ],
)
def test_a_name_in_one_string_is_cut_where_the_given_name_ends(text: str, parts: Named) -> None:
    assert one_string(text) == parts


def test_a_name_in_two_parts_is_not_cut_anew() -> None:
    parts, _ = named({"given": "Ana Lúcia", "family": "da Costa e Silva"}, "", "person")
    assert parts == Named(("ana", "lucia"), ("costa", "silva"))


@pytest.mark.parametrize("given_name", ["given", "family"])
def test_a_whole_name_in_one_of_two_parts_is_cut(given_name: str) -> None:
    assert named({given_name: "Ana Prado"}, "", "")[0] == Named(("ana",), ("prado",))


@pytest.mark.parametrize(
    "text", ["Comercial Aurora Ltda.", "Comercial Aurora S.A.", "COMERCIAL AURORA S. A. S."]
)
def test_a_company_is_known_by_its_ending_and_compared_without_it(text: str) -> None:
    assert named({"full": text}, "", "") == (Named((), ("comercial", "aurora")), "company")


def test_a_company_is_known_by_its_ending_in_two_parts_as_well() -> None:
    name = {"given": "Comercial Aurora del", "family": "Norte S.A. de C.V."}
    whole = {"full": "Comercial Aurora del Norte S.A. de C.V."}
    assert named(name, "", "") == named(whole, "", "")
    assert named(name, "", "")[1] == "company"


@pytest.mark.parametrize(("one", "other"), [("Həsənov", "Hesenov"), ("Łukasz", "Lukasz")])
def test_letters_that_most_keyboards_lack_do_not_count(one: str, other: str) -> None:
    assert one_string(one) == one_string(other)


def test_sa_is_a_surname_too() -> None:
    assert named({"full": "Estácio de Sá"}, "", "") == (Named(("estacio",), ("sa",)), "")


def test_a_company_goes_by_its_own_name() -> None:
    name = {"given": "Ana", "family": "Prado"}
    assert named(name, "Aurora SpA", "company")[0] == Named((), ("aurora",))
    assert named(name, "Aurora SpA", "person")[0] == Named(("ana",), ("prado",))


@pytest.mark.parametrize(
    ("short", "whole"),
    [("pepe", "jose"), ("beto", "alberto"), ("juanito", "juan"), ("claudinha", "claudia"),
     ("bob", "robert"), ("duda", "eduarda")],
)  # fmt: skip
def test_a_short_form_stands_for_its_name(short: str, whole: str) -> None:
    assert whole in formal(short)
    assert short in formal(short)


@pytest.mark.parametrize(
    ("one", "other"),
    [("gonzalez", "gonsales"), ("felipe", "phelipe"), ("souza", "sousa"), ("giovana", "jovana"),
     ("vasquez", "basquez"), ("hernandez", "ernandes"), ("thiago", "tiago")],
)  # fmt: skip
def test_spellings_of_one_name_sound_the_same(one: str, other: str) -> None:
    assert sound(one) == sound(other) != ""


def test_mario_and_maria_are_two_people() -> None:
    assert of_two_genders("mario", "maria")
    assert of_two_genders("juan", "juana")
    assert not of_two_genders("maria", "marta")


@given(texts, texts, st.sampled_from(["", "person", "company"]))
def test_any_text_has_parts_without_signs_or_empty_words(one: str, other: str, kind: str) -> None:
    parts, _ = named({"given": one, "family": other}, "", kind)
    for word in (*parts.given, *parts.family):
        assert word
        assert " " not in word
    assert len(set(parts.family)) == len(parts.family)

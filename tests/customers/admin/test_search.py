"""What finds whom."""

import pytest

from customers import search
from customers.models import Customer
from tests.customers.admin.conftest import MakeCustomer, MakeLink


@pytest.fixture
def people(make_customer: MakeCustomer) -> None:
    make_customer(
        "José Núñez Ávila",
        email="jose.nunez@example.com",
        phone="+593991234567",
        document={"type": "cedula", "number": "1710034065", "country": "EC"},
    )
    make_customer(
        "Maria Souza",
        email="maria@loja.com.br",
        phone="+5511987654321",
        document={"type": "cpf", "number": "52998224725", "country": "BR"},
    )
    make_customer("Ximena O'Higgins", document={"type": "rut", "number": "12345678-K"})
    make_customer("", company_name="100% Café S.A.", email="under_score@example.com")


def found(text: str) -> set[str]:
    return {str(one).split()[0] for one in search.matching(Customer.objects.all(), text)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("jose", {"José"}),
        ("NÚÑEZ", {"José"}),
        ("nunez jose", {"José"}),
        ("jose souza", set()),
        ("loja.com", {"Maria"}),
        ("JOSE.NUNEZ@", {"José"}),
        ("+55 (11) 98765-4321", {"Maria"}),
        ("(11) 98765-4321", {"Maria"}),
        ("98765 4321", {"Maria"}),
        ("099 123 4567", {"José"}),
        ("+593 99-123-4567", {"José"}),
        ("529.982.247-25", {"Maria"}),
        ("171003406-5", {"José"}),
        ("12.345.678-k", {"Ximena"}),
        ("maria 98765", {"Maria"}),
        ("ma", {"Maria"}),
        ("nu", {"José"}),
        ("uz", set()),
        ("o'higgins", {"Ximena"}),
        ("100% cafe", {"100%"}),
        ("100%", {"100%", "José"}),  # digits and punctuation: by the digits
        ("under_score", {"100%"}),
        ("underxscore", set()),
        ("%", set()),
        ("---", set()),
        ("nobody", set()),
    ],
)
def test_a_query_finds(people: None, text: str, names: set[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("(11) 98765-4321", [("11987654321",)]),  # with a country's code too: it holds this
        ("099 123 4567", [("991234567",)]),
        ("0099", [("0099",)]),
        ("12.345.678-k", [("12.345.678-k", "12345678k")]),
        ("ana 12-34", [("ana",), ("1234",)]),
    ],
)
def test_nothing_is_asked_for_twice(text: str, asked: search.Wanted) -> None:
    assert search.wanted(text) == asked


def test_an_empty_query_leaves_everybody(people: None) -> None:
    assert len(found("  ")) == 4


def test_a_vendors_own_value_finds_too(make_customer: MakeCustomer, make_link: MakeLink) -> None:
    customer = make_customer("Ana Paz", email="ana@example.com")
    make_link(customer, stated={"email": "other@example.org", "phone": "+593987654321"})
    assert found("other@example.org") == {"Ana"}
    assert found("098 765 4321") == {"Ana"}


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\u0130" * 500, "a " * 500, "'; --", "\\"])
def test_no_query_breaks_it(people: None, text: str) -> None:
    found(text)

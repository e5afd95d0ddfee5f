"""Who somebody is, made for comparing."""

from hypothesis import given

from connectors.records import Address, CustomerRecord, Document, Name
from customers.normalise import Key, state
from customers.profiles import COMPARED, EMPTY_PROFILE, Paper, of_statement, place, profile
from tests.customers.people import CPF, who
from tests.customers.strategies import records, regions


def test_a_record_and_its_golden_values_with_its_keys_make_the_same_profile() -> None:
    record = CustomerRecord(
        external_id="1",
        name=Name(given="Ana", family="Prado"),
        email="ana@example.com",
        other_emails=("prado@example.com",),
        phone="(11) 98765-4321",
        document=Document("cpf", CPF),
        birth_date="1980-02-03",
    )
    statement = state(record, "BR")
    assert of_statement(statement) == profile(statement.values, reversed(statement.keys))
    assert of_statement(statement).emails == ("ana@example.com", "prado@example.com")


def test_a_customer_counts_every_key_of_its_links() -> None:
    keys = (Key("email", "a@example.com"), Key("email", "b@example.com"), Key("phone", "+1155"))
    found = profile({"name": {"full": "Ana Prado"}, "email": "a@example.com"}, keys)
    assert found.emails == ("a@example.com", "b@example.com")
    assert found.phones == ("+1155",)


def test_what_is_no_key_is_no_evidence() -> None:
    assert who("Ana Prado", email="noemail@noemail.com", phone="9999999999").emails == ()
    assert who("Ana Prado", phone="9999999999").phones == ()


def test_a_retired_key_is_no_evidence() -> None:
    record = CustomerRecord(external_id="1", name=Name(full="Ana"), email="office@example.com")
    statement = state(record, "BR")
    assert of_statement(statement, [Key("email", "office@example.com")]).emails == ()


def test_nobody_in_particular_has_no_profile() -> None:
    assert who("CONSUMIDOR FINAL", birth_date="1980-02-03") == EMPTY_PROFILE


def test_a_valid_document_is_proven_and_another_is_compared_all_the_same() -> None:
    assert who(cpf=CPF).documents == (Paper("BR:cpf", CPF, proven=True),)
    assert who(cpf="52998224752").documents == (Paper("BR:cpf", "52998224752", proven=False),)
    assert who(cpf="99999999999").documents == ()


def test_an_address_is_compared_without_the_kind_of_street() -> None:
    one = place({"street": "Av. Bolívar", "number": "012", "city": "Quito"})
    other = place({"street": "AVENIDA BOLIVAR 12", "city": "quito"})
    assert one == other
    assert one.street == "bolivar"


def test_an_address_in_one_line_is_compared_by_its_parts() -> None:
    parts = {"street": "Calle Mitre", "number": "1350", "city": "Valparaíso"}
    assert place({"street": "Calle Mitre 1350, Valparaíso"}) == place(parts)
    assert place({"street": "Calle Mitre, 1350, Valparaíso"}) == place(parts)
    coded = place({**parts, "postal_code": "2387-030"})
    assert place({"street": "Calle Mitre, 1350, Apto 4, Centro, 2387030, Valparaíso"}) == coded


def test_what_an_address_says_in_its_parts_counts_before_its_line() -> None:
    found = place({"street": "Rua A, 7, Olinda", "number": "12", "city": "Recife"})
    assert (found.number, found.city) == ("12", "recife")


def test_an_address_reads_as_a_line() -> None:
    home = Address(street="Rua A", number="1", city="Recife")
    assert who("Ana Prado", address=home).address == "Rua A, 1, Recife"


@given(records, regions)
def test_a_profile_is_made_of_nothing_but_what_is_named(
    record: CustomerRecord, region: str
) -> None:
    said = state(record, region)
    compared = {name: value for name, value in said.values.items() if name in COMPARED}
    assert profile(said.values, said.keys) == profile(compared, said.keys)

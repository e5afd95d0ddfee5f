"""From a vendor's record to values, keys and the text that is searched."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Address, CustomerRecord, Document, Name
from customers.normalise import Key, all_keys, email_keys, nameless, search_text, state
from customers.values import digits, fold, joined_name
from tests.customers.strategies import records, regions


def record(**said: Any) -> CustomerRecord:
    return CustomerRecord(external_id="1", **said)


def test_only_what_the_vendor_stated_has_a_value() -> None:
    found = state(record(email="", name=Name(), document=Document(), notes=None), "EC")
    assert found.values == {"email": "", "name": "", "document": ""}
    assert found.keys == ()
    assert found.also == {}


def test_a_record_is_read_by_its_region() -> None:
    said = record(
        name=Name(given="Ana", family="Prado"),
        email="Ana@Example.com",
        phone="099 123 4567",
        document=Document("cedula", "171003406-5"),
        address=Address(city="Quito"),
        accepts_marketing=False,
    )
    found = state(said, "EC")
    assert found.values == {
        "name": {"given": "Ana", "family": "Prado"},
        "email": "Ana@Example.com",
        "phone": "+593991234567",
        "document": {"type": "cedula", "number": "1710034065", "country": "EC"},
        "address": {"city": "Quito"},
        "accepts_marketing": False,
    }
    assert found.also == {"phone_as_written": "099 123 4567"}
    assert found.keys == (
        Key("document", "EC:cedula:1710034065"),
        Key("email", "ana@example.com"),
        Key("phone", "+593991234567"),
    )


def test_an_invalid_document_is_kept_flagged_and_no_key() -> None:
    found = state(record(document=Document("cpf", "529.982.247-26")), "BR")
    assert found.values["document"] == {"type": "cpf", "number": "529.982.247-26", "country": "BR"}
    assert found.also == {"flags": {"document": "invalid"}}
    assert found.keys == ()


def test_further_values_are_kept_and_are_keys() -> None:
    said = record(
        other_emails=("second@example.com",),
        other_phones=("0991234567",),
        other_documents=(Document("cpf", "52998224725"), Document()),
    )
    found = state(said, "EC")
    assert found.also == {
        "emails": ["second@example.com"],
        "phones": ["+593991234567"],
        "documents": [{"type": "cpf", "number": "52998224725", "country": "BR"}],
    }
    assert [key.kind for key in found.keys] == ["document", "email", "phone"]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "no tiene",
        "ana@",
        "@example.com",
        "ana@example",
        "ana prado@example.com",
        "a@b@example.com",
        "test@example.com",
        "TESTE@example.com",
        "noreply@example.com",
        "sincorreo@example.com",
        "aaa@example.com",
        "consumidorfinal@example.com",
        "ana@test.com",
        "a" * 200 + "@example.com",
    ],
)
def test_what_is_nobodys_e_mail_is_no_key(email: str) -> None:
    assert email_keys(email) == set()


@pytest.mark.parametrize(
    "name",
    [
        Name(given="Consumidor", family="Final"),
        Name(full="CONSUMIDOR FINAL"),
        Name(given="Público", family="en General"),
        Name(full="Cliente Balcão"),
    ],
)
def test_the_tills_own_customer_has_no_keys_but_a_documents(name: Name) -> None:
    said = record(
        name=name,
        email="till@example.com",
        phone="0991234567",
        document=Document("cedula", "1710034065"),
    )
    assert [key.kind for key in state(said, "EC").keys] == ["document"]


def test_a_person_called_final_is_somebody() -> None:
    assert not nameless({"name": {"given": "Ana", "family": "Final"}})
    assert not nameless({})


def test_national_numbers_with_two_names_are_one_key() -> None:
    cuit = state(record(document=Document("cuit", "20-05536168-2")), "AR").keys
    cuil = state(record(document=Document("cuil", "20055361682")), "AR").keys
    assert cuit == cuil != ()


cpfs = st.sampled_from(["52998224725", "11144477735", "39053344705"])


@given(
    cpfs,
    st.integers(2_000_0000, 9_899_9999),
    st.from_regex(r"\A[a-z]{3,8}[0-9]\Z"),
)
def test_one_person_has_one_set_of_keys_however_vendors_write_it(
    cpf: str, tail: int, local: str
) -> None:
    dotted = f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}"
    ways = [
        record(
            email=f"{local}@example.com",
            phone=f"(11) 9{tail:08d}",
            document=Document("cpf", dotted),
        ),
        record(
            email=f" {local.upper()}@Example.COM ",
            phone=f"55119{tail:08d}",
            document=Document("CPF", cpf, "BR"),
        ),
        record(
            email=f"{local}@example.com",
            phone=f"+55 11 9{str(f'{tail:08d}')[:4]}-{str(f'{tail:08d}')[4:]}",
            document=Document("", cpf),
        ),
    ]
    assert len({state(way, "BR").keys for way in ways}) == 1


@given(records, regions)
def test_the_keys_of_what_was_normalised_are_the_records_keys(record: Any, region: str) -> None:
    found = state(record, region)
    assert all_keys(found.values, found.also) == found.keys


@given(records, regions)
def test_keys_are_sorted_told_apart_and_short_enough_for_their_column(
    record: Any, region: str
) -> None:
    keys = state(record, region).keys
    assert list(keys) == sorted(set(keys))
    assert all(len(key.value) <= 255 for key in keys)


@given(records, regions)
def test_a_value_is_stated_exactly_where_the_vendor_stated_it(record: Any, region: str) -> None:
    found = state(record, region)
    fields = ("name", "email", "phone", "document", "address", "birth_date", "accepts_marketing")
    for field in fields:
        assert (field in found.values) == (getattr(record, field) is not None)


@given(records, regions)
def test_the_searched_text_holds_every_name_e_mail_and_number(record: Any, region: str) -> None:
    found = state(record, region)
    text = search_text([found.values], [found.also])
    assert fold(joined_name(found.values.get("name"))) in text
    for email in (record.email, *record.other_emails):
        assert fold(email or "") in text
    phone = found.values.get("phone", "")
    assert digits(phone) in text
    assert digits(record.phone or "") in text
    for document in (found.values.get("document"), *found.also.get("documents", ())):
        if document:
            assert re.sub(r"[^0-9a-z]", "", fold(document["number"])) in text
    assert not {"", " "} & set(text.split("\n")[1:])


def test_the_searched_text_is_plain_and_says_each_thing_once() -> None:
    said = record(name=Name(given="José", family="Ñandú"), email="J@Example.com", phone="099123456")
    found = state(said, "EC")
    text = search_text([found.values, found.values], [found.also, found.also])
    assert text.split("\n") == ["jose nandu", "j@example.com", "59399123456", "099123456"]

"""Numbers of documents, whole only for those who may see them."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers.admin import masking
from customers.models import Conflict, Event, MatchKey, SetAside
from tests.customers.admin.conftest import MakeCustomer, MakeLink

NUMBER, OTHER = "52998224725", "1710034065"
SPELLED = "529.982.247-25"


@pytest.fixture
def world(make_customer: MakeCustomer, make_link: MakeLink) -> Any:
    """A customer with documents wherever a customer can have one."""
    customer = make_customer("Ana Paz", document={"type": "cpf", "number": NUMBER})
    link = make_link(
        customer,
        stated={"document": {"type": "cpf", "number": NUMBER}},
        also={"documents": [{"type": "cedula", "number": OTHER, "country": "EC"}]},
        raw=json.dumps({"cpf": NUMBER, "text": f"{SPELLED} is hers", "id_number": OTHER}),
    )
    pair = [
        {"type": "cpf", "number": NUMBER},
        {"type": "cedula", "number": OTHER, "country": "EC"},
    ]
    Event.objects.create(customer=customer, kind="changed", changes={"document": pair})
    Conflict.objects.create(
        kind="field", customer=customer, link=link, field="document", hub=pair[0], vendor=pair[1]
    )
    aside = SetAside.objects.create(
        connection=link.connection,
        external_id="5",
        text=json.dumps({"document": {"number": NUMBER}}),
        reason=f"document {SPELLED} is none",
    )
    MatchKey.objects.all().delete()
    return customer, aside


def pages(client: Client, world: Any) -> str:
    """Every page that shows something of a document."""
    customer, aside = world
    addresses = [
        reverse("admin:customers_customer_changelist"),
        reverse("admin:customers_customer_changelist") + "?q=ana",
        reverse("admin:customers_customer_change", args=[customer.pk]),
        reverse("admin:customers_conflict_changelist"),
        reverse("admin:customers_setaside_changelist"),
        reverse("admin:customers_setaside_change", args=[aside.pk]),
    ]
    answers = [client.get(address) for address in addresses]
    assert [one.status_code for one in answers] == [200] * len(addresses)
    return "\n".join(one.content.decode() for one in answers)


def test_a_viewer_sees_documents_masked_everywhere(as_role: Any, world: Any) -> None:
    text = pages(as_role("viewer", "view_setaside"), world)
    for number in (NUMBER, OTHER, SPELLED):
        assert number not in text
    assert "CPF •••25" in text


def test_a_steward_sees_them_whole(as_role: Any, world: Any) -> None:
    text = pages(as_role("steward"), world)
    assert NUMBER in text
    assert SPELLED in text
    assert OTHER in text


def test_an_editor_who_may_not_see_them_edits_around_them(
    as_role: Any, world: Any, ana: User
) -> None:
    customer, _aside = world
    client = as_role("viewer", "change_customer")
    address = reverse("admin:customers_customer_edit", args=[customer.pk])
    form = client.get(address)
    assert NUMBER not in form.content.decode()
    sent = {
        "version": customer.version,
        "given_name": "Bea",
        "initial-given_name": "Ana",
        "document_number": "1",
        "initial-document_number": NUMBER,
    }
    assert client.post(address, sent).status_code == 302
    customer.refresh_from_db()
    assert customer.given_name == "Bea"
    assert customer.document_number == NUMBER


def test_a_retired_document_leads_only_those_who_may_see_it(as_role: Any, db: None) -> None:
    key = MatchKey.objects.create(
        kind="document", value=f"BR:cpf:{NUMBER}", retired_at="2026-01-01T00:00Z"
    )
    viewer = as_role("viewer", "view_matchkey")
    page = viewer.get(reverse("admin:customers_matchkey_changelist")).content.decode()
    assert NUMBER not in page
    address = reverse("admin:customers_matchkey_change", args=[key.pk])
    assert viewer.get(address).status_code == 403
    assert as_role("steward").get(address).status_code == 302


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (NUMBER, "•••25"),
        (SPELLED, "•••25"),
        ("12345678-K", "•••8K"),
        ("123", "•••"),
        ("", "•••"),
    ],
)
def test_a_number_shows_a_quarter_of_itself_at_most(text: str, shown: str) -> None:
    assert masking.number(text) == shown


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ({"cpf": NUMBER}, {"cpf": "•••25"}),
        ({"cpf": int(NUMBER)}, {"cpf": "•••25"}),
        ({"cnpj": None, "rut": ""}, {"cnpj": None, "rut": ""}),
        ({"taxId": NUMBER, "docNumber": OTHER}, {"taxId": "•••25", "docNumber": "•••65"}),
        ({"identification_type": "CPF"}, {"identification_type": "CPF"}),
        (
            {"document": {"type": "cpf", "number": NUMBER, "extra": [OTHER]}},
            {"document": {"type": "cpf", "number": "•••25", "extra": ["•••65"]}},
        ),
        ({"phone": "+5511987654321"}, {"phone": "+5511987654321"}),
        ({"a": [{"b": f"her {SPELLED}"}]}, {"a": [{"b": "•••725"}]}),
        (
            {"documented": True, "target": "1234567890"},
            {"documented": True, "target": "1234567890"},
        ),
    ],
)
def test_an_answer_is_masked_by_its_keys_and_by_what_is_known(raw: Any, masked: Any) -> None:
    assert json.loads(masking.answer(json.dumps(raw), [NUMBER])) == masked


def test_what_is_no_json_loses_its_long_numbers() -> None:
    assert masking.answer(f"<a>{SPELLED} and {OTHER}</a>") == "<a>•••25 and •••65</a>"

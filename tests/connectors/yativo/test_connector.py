import json
from typing import Any

import pytest

from connectors.declare import Scan
from connectors.errors import (
    ConfigurationError,
    NotFoundError,
    NotSupportedError,
    OutcomeUnknownError,
    RejectedError,
    TemporaryError,
    UnexpectedResponseError,
)
from connectors.records import Address, CustomerRecord, Name
from tests.connectors.support import Answer, Received, connect, loopback, sample

LUCIA = CustomerRecord(
    external_id="",
    name=Name(full="Lucía Prado"),
    email="lucia.prado@example.com",
    phone="+5511900000001",
    address=Address(country="BR"),
)
ID = "0b8f6f0e-5a0d-4c53-9a51-1f1b7c1f0001"


def answer(name: str, status: int = 200) -> Answer:
    return Answer(status, sample("yativo", name))


class Account:
    """Logs in, and gives the answers in turn to everything else."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def __call__(self, request: Received) -> Answer:
        if request.path == "/auth/login":
            return answer("login")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_a_token_is_fetched_with_the_credentials_and_sent_as_bearer() -> None:
    with loopback(Account(answer("list_last"))) as server:
        connect("yativo", server).check()
    login, listing = server.received
    assert login.json == {
        "account_id": "account_id-0123456789",
        "app_secret": "app_secret-0123456789",
    }
    assert listing.headers["authorization"] == "Bearer aaa.bbb.ccc"


def test_refused_credentials_are_a_configuration_error() -> None:
    with (
        loopback([answer("login_refused", 401)]) as server,
        pytest.raises(ConfigurationError, match="Invalid credentials"),
    ):
        connect("yativo", server).check()


def test_an_expired_token_is_renewed_once() -> None:
    with loopback(Account(answer("unauthenticated", 401), answer("list_last"))) as server:
        connect("yativo", server).check()
    assert server.calls == ["POST /auth/login", "GET /customer"] * 2


def test_the_list_follows_the_vendors_pages() -> None:
    with loopback(Account(answer("list_first"), answer("list_last"))) as server:
        pages = list(connect("yativo", server, page_size=2).pages(Scan()))
    assert [(page.position, len(page.rows), page.total) for page in pages] == [
        ({"page": 1}, 2, 3),
        ({"page": 2}, 1, 3),
    ]
    assert server.received[2].params == [("per_page", "2"), ("page", "2")]


def listing(**pagination: Any) -> bytes:
    told = {"pagination": pagination} if pagination else {}
    return json.dumps({"status": "success", "data": [{"customer_id": "a"}], **told}).encode()


@pytest.mark.parametrize(
    ("pagination", "following"),
    [
        ({"next_page_url": "https://evil.example.com/x?page=2&per_page=9"}, {"page": 2}),
        ({"next_page_url": "/customer?page=2&kind=a"}, {"page": 2, "kind": "a"}),
        ({"next_page_url": "?cursor=abc"}, {"cursor": "abc"}),
        ({"next_page_url": "?page=1"}, None),  # back to where we are
        ({"next_page_url": None, "last_page": 3}, {"page": 2}),
        ({"next_page_url": None, "last_page": 1}, None),
        ({"next_page_url": None}, None),
        ({}, {"page": 2}),  # a full page and no word about the next
    ],
)
def test_only_the_query_of_the_next_address_is_used(
    pagination: dict[str, Any], following: dict[str, Any] | None
) -> None:
    connector = connect("yativo", page_size=1)
    assert connector.read_list(listing(**pagination), Scan(), {"page": 1}).next == following


def test_a_cursor_is_sent_as_it_came() -> None:
    request = connect("yativo", page_size=5).list_request(Scan(), {"cursor": "abc"})
    assert request.params == [("per_page", "5"), ("cursor", "abc")]


@pytest.mark.parametrize("name", ["get_one", "get_one_list", "get_one_nested"])
def test_a_customer_comes_as_an_object_a_list_of_one_or_inside_another(name: str) -> None:
    with loopback(Account(answer(name))) as server:
        connector = connect("yativo", server)
        assert connector.row_id(connector.get(ID).body) == ID
    assert server.calls[-1] == f"GET /customer/{ID}"


def test_cards_and_accounts_beside_a_customer_are_not_kept() -> None:
    with loopback(Account(answer("get_one_with_accounts"))) as server:
        connector = connect("yativo", server)
        record, kept = connector.read_row(connector.get("x").body)
    assert record.email == "obi@example.com"
    assert not {key for key in kept if "card" in key or "account" in key or "payout" in key}


def test_the_path_of_one_customer_is_an_option() -> None:
    with loopback(Account(answer("get_one"))) as server:
        connect("yativo", server, get_path="/customer/customer/{id}").get("a/b")
        with pytest.raises(ConfigurationError, match="get_path"):
            connect("yativo", server, get_path="customer").get("a")
    assert server.calls[-1] == "GET /customer/customer/a%2Fb"


@pytest.mark.parametrize(("name", "status"), [("not_found_400", 400), ("not_found_400", 404)])
def test_a_missing_customer_is_400_or_404(name: str, status: int) -> None:
    with loopback(Account(answer(name, status))) as server, pytest.raises(NotFoundError):
        connect("yativo", server).get("x")


def test_a_path_that_does_not_exist_is_no_missing_customer() -> None:
    with loopback(Account(answer("route_404", 404))) as server, pytest.raises(ConfigurationError):
        connect("yativo", server).get("x")


def test_a_400_about_something_else_is_unexpected() -> None:
    with (
        loopback(Account(answer("idempotency_key_missing", 400))) as server,
        pytest.raises(UnexpectedResponseError),
    ):
        connect("yativo", server).get("x")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, ConfigurationError),
        (404, NotFoundError),
        (500, TemporaryError),
        (None, UnexpectedResponseError),
    ],
)
def test_a_failure_with_status_200_counts_by_its_body(
    code: int | None, error: type[Exception]
) -> None:
    body = json.dumps({"status": "failed", "status_code": code, "data": None}).encode()
    with loopback(Account(Answer(200, body))) as server, pytest.raises(error):
        connect("yativo", server).get("x")


def test_a_create_carries_its_key_and_is_read_again() -> None:
    with loopback(Account(answer("created"))) as server:
        written = connect("yativo", server).create(LUCIA, "key-1")
    assert (written.external_id, written.body) == (ID, None)
    assert server.received[-1].headers["idempotency-key"] == "key-1"
    assert server.received[-1].json["send_kyc_mail"] is False


def test_a_create_answered_with_a_kyc_link_is_unknown() -> None:
    """Its ids are another company's."""
    with (
        loopback(Account(answer("created_kyc_link"))) as server,
        pytest.raises(OutcomeUnknownError, match="KYC"),
    ):
        connect("yativo", server).create(LUCIA, "key-1")


def test_a_create_without_a_country_is_not_sent() -> None:
    nowhere = CustomerRecord(external_id="", name=LUCIA.name, email=LUCIA.email, phone=LUCIA.phone)
    with loopback(Account(answer("created"))) as server:
        with pytest.raises(RejectedError, match="country"):
            connect("yativo", server).create(nowhere, "key")
        connect("yativo", server, default_country="EC").create(nowhere, "key")
    assert server.received[-1].json["customer_country"] == "ECU"
    assert server.calls.count("POST /customer") == 1


@pytest.mark.parametrize(
    ("name", "status", "field"),
    [
        ("refused_422", 422, "customer_country"),
        ("duplicate_422", 422, "customer_email"),
        ("failed_with_200", 200, "customer_phone"),
    ],
)
def test_a_refusal_names_its_field_in_either_shape(name: str, status: int, field: str) -> None:
    with loopback(Account(answer(name, status))) as server, pytest.raises(RejectedError) as caught:
        connect("yativo", server).create(LUCIA, "key")
    assert list(caught.value.fields) == [field]


def test_an_update_is_off_until_turned_on_and_its_empty_answer_proves_nothing() -> None:
    current = json.dumps(json.loads(sample("yativo", "get_one"))["data"]).encode()
    with loopback(Account(Answer(200, b""))) as server:
        with pytest.raises(NotSupportedError, match="allow_update"):
            connect("yativo", server).update(ID, LUCIA, current)
        written = connect("yativo", server, allow_update=True).update(ID, LUCIA, current, "k-2")
    assert (written.external_id, written.body) == (ID, None)
    assert server.received[-1].headers["idempotency-key"] == "k-2"


def test_nothing_is_deleted_and_absence_proves_nothing() -> None:
    connector = connect("yativo")
    assert not connector.can("delete")
    assert not connector.absence_means_gone

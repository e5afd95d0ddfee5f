from datetime import UTC, datetime, timedelta

import pytest

from connectors.declare import Scan
from connectors.errors import (
    ConfigurationError,
    NotFoundError,
    RejectedError,
    UnexpectedResponseError,
)
from connectors.records import Address, CustomerRecord, Name
from tests.connectors.support import Answer, connect, loopback, sample

ROSA = CustomerRecord(external_id="", name=Name("Rosa", "Andrade"), address=Address(city="Quito"))


def answer(name: str, status: int = 200) -> Answer:
    return Answer(status, sample("mercately", name))


def test_a_list_is_asked_for_by_page_with_the_key_in_its_header() -> None:
    with loopback([answer("list_real"), answer("list_empty_last_page")]) as server:
        pages = list(connect("mercately", server).pages(Scan()))
    assert [len(page.rows) for page in pages] == [3, 0]
    assert [one.params for one in server.received] == [[("page", "1")], [("page", "2")]]
    assert server.received[0].headers["api-key"] == "api_key-0123456789"
    assert pages[0].total == 102


def test_the_last_numbered_page_ends_the_list() -> None:
    with loopback([answer("list_page")]) as server:
        assert len(list(connect("mercately", server).pages(Scan()))) == 1


def test_an_empty_page_ends_a_list_that_counts_no_pages() -> None:
    with loopback(
        [Answer(body=b'{"customers": [{"id": 1}]}'), Answer(body=b'{"customers": []}')]
    ) as server:
        assert len(list(connect("mercately", server).pages(Scan()))) == 2


def test_new_customers_are_asked_for_by_dates_with_a_day_to_spare() -> None:
    scan = Scan("new", datetime(2026, 3, 10, 2, tzinfo=UTC))
    with loopback([answer("list_page")]) as server:
        (page,) = connect("mercately", server).pages(scan)
    params = dict(server.received[0].params)
    assert params["start_date"] == "2026-03-09"
    assert params["end_date"] == f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    assert page.total is None  # the window's count is not the list's


def test_a_customer_is_read_by_its_id() -> None:
    with loopback([answer("get_one")]) as server:
        connector = connect("mercately", server)
        assert connector.row_id(connector.get("77abcde502").body) == "77abcde502"
    assert server.calls == ["GET /customers/77abcde502"]


def test_a_missing_customer_is_not_found() -> None:
    with loopback([answer("not_found", 404)]) as server, pytest.raises(NotFoundError):
        connect("mercately", server).get("1")


def test_a_missing_account_is_no_missing_customer() -> None:
    with (
        loopback([answer("resource_not_found", 404)]) as server,
        pytest.raises(UnexpectedResponseError, match="Resource not found"),
    ):
        connect("mercately", server).get("1")


@pytest.mark.parametrize(("name", "status"), [("unauthorized_400", 400), ("unauthorized_401", 401)])
def test_a_wrong_key_is_a_configuration_error(name: str, status: int) -> None:
    with loopback([answer(name, status)]) as server, pytest.raises(ConfigurationError):
        connect("mercately", server).check()


def test_a_bad_request_is_not_a_wrong_key() -> None:
    with loopback([answer("bad_request", 400)]) as server, pytest.raises(UnexpectedResponseError):
        connect("mercately", server).check()


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [("refused_302", 302, "ya está en uso"), ("refused_400", 400, "Phone is invalid")],
)
def test_a_refused_record_comes_with_the_vendors_words(name: str, status: int, words: str) -> None:
    with loopback([answer(name, status)]) as server, pytest.raises(RejectedError, match=words):
        connect("mercately", server).create(ROSA, "key")


def test_a_real_redirect_is_no_refusal() -> None:
    moved = Answer(302, b"<html>moved</html>", {"Location": "/login"})
    with loopback([moved]) as server, pytest.raises(UnexpectedResponseError, match="redirects"):
        connect("mercately", server).create(ROSA, "key")


def test_a_create_is_flat_or_wrapped_by_option() -> None:
    with loopback([answer("created")]) as server:
        written = connect("mercately", server).create(ROSA, "key")
        connect("mercately", server, body="wrapped").create(ROSA, "key")
    flat, wrapped = (one.json for one in server.received)
    assert written.external_id == "77abcde505"
    assert written.body is not None
    assert flat["customer_addresses_attributes"][0]["city"] == "Quito"
    assert wrapped["customer"]["city"] == "Quito"
    assert list(wrapped) == ["customer"]


def test_an_update_is_read_again_since_its_answer_holds_no_customer() -> None:
    with loopback([answer("updated")]) as server:
        written = connect("mercately", server).update("77a", ROSA, b'{"id": "77a"}')
    assert (written.external_id, written.body) == ("77a", None)
    assert server.calls == ["PUT /customers/77a"]

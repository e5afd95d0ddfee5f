import pytest

from connectors.declare import Scan
from connectors.errors import NotSupportedError, RejectedError, TemporaryError
from connectors.records import CustomerRecord, Name
from tests.connectors.support import Answer, connect, loopback, sample

ANA = CustomerRecord(external_id="", name=Name("Ana", "Teste"), notes="VIP")


def answer(name: str, status: int = 200) -> Answer:
    return Answer(status, sample("yampi", name))


def test_a_scroll_goes_on_by_its_id_to_an_empty_page() -> None:
    with loopback([answer("scroll_first"), answer("scroll_end")]) as server:
        connector = connect("yampi", server, alias="loja-demo")
        pages = list(connector.pages(Scan(), in_flight=4))
    first, second = (dict(one.params) for one in server.received)
    assert [len(page.rows) for page in pages] == [1, 0]
    assert server.calls == ["GET /loja-demo/customers"] * 2
    assert server.received[0].headers["user-token"] == "user_token-0123456789"
    assert server.received[0].headers["user-secret-key"] == "user_secret_key-0123456789"
    assert (first["scroll"], first["skipCache"], first["include"]) == ("true", "true", "addresses")
    assert "scroll_id" not in first
    assert second["scroll_id"] == "abc123"


def test_a_scroll_whose_answer_was_lost_cannot_go_on() -> None:
    connector = connect("yampi", alias="loja-demo")
    assert not connector.resumable(connector.first_position(Scan()))
    assert connector.fallback_position(Scan()) == {"page": 1}
    assert connector.list_request(Scan(), {"scroll": ""}).once


def test_counters_may_be_text_and_links_an_empty_list() -> None:
    connector = connect("yampi", alias="loja-demo", paging="page")
    found = connector.read_list(sample("yampi", "list_page"), Scan(), {"page": 1})
    assert (found.total, found.last, found.next) == (3, 2, {"page": 2})
    assert connector.read_list(sample("yampi", "list_page"), Scan(), {"page": 2}).next is None


def test_a_list_that_ignores_scroll_is_read_by_page() -> None:
    connector = connect("yampi", alias="loja-demo")
    found = connector.read_list(sample("yampi", "list_page"), Scan(), {"scroll": ""})
    assert found.next == {"page": 2}


@pytest.mark.parametrize("name", ["get_one", "get_one_list"])
def test_a_customer_comes_as_an_object_or_a_list_of_one(name: str) -> None:
    with loopback([answer(name)]) as server:
        connector = connect("yampi", server, alias="loja-demo")
        row = connector.get("9001").body
        record, kept = connector.read_row(row)
    assert record.external_id == "9001"
    assert not {"token", "login_url", "ip"} & set(kept)
    assert "whatsapp_link" not in kept["phone"]


def test_writes_are_off_until_turned_on() -> None:
    with loopback([answer("get_one")]) as server:
        with pytest.raises(NotSupportedError, match="allow_create"):
            connect("yampi", server, alias="a").create(ANA, "key")
        connect("yampi", server, alias="a", allow_create=True).create(ANA, "key")
        renamed = connect(
            "yampi", server, alias="a", allow_update=True, field_names="notes=obs, x="
        )
        renamed.update("9001", ANA, b'{"id": 9001}')
    assert server.calls == ["POST /a/customers", "PUT /a/customers/9001"]
    assert server.received[1].json == {"first_name": "Ana", "last_name": "Teste", "obs": "VIP"}


def test_a_refusal_names_its_fields() -> None:
    with (
        loopback([answer("refused_422", 422)]) as server,
        pytest.raises(RejectedError, match="Campo obrigat") as caught,
    ):
        connect("yampi", server, alias="a", allow_create=True).create(ANA, "key")
    assert list(caught.value.fields) == ["email"]


def test_too_many_requests_wait_for_the_next_minute() -> None:
    """No header says when: the windows are minutes."""
    with (
        loopback([answer("too_many_429", 429)]) as server,
        pytest.raises(TemporaryError) as caught,
    ):
        connect("yampi", server, alias="a", allow_create=True).create(ANA, "key")
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 60


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_scroll_that_is_over_may_start_again(status: int) -> None:
    with loopback([answer("scroll_first"), Answer(status, b'{"message": "gone"}')]) as server:
        pages = connect("yampi", server, alias="a").pages(Scan())
        assert next(pages).rows
        with pytest.raises(TemporaryError, match="gone"):
            next(pages)

import json
from datetime import UTC, datetime

import pytest

from connectors.declare import Scan
from connectors.errors import NotSupportedError, RejectedError, UnexpectedResponseError
from connectors.records import CustomerRecord, Name
from tests.connectors.support import Answer, Received, connect, loopback, sample

ANA = CustomerRecord(external_id="", name=Name("Ana", "Suárez"), company_name="Ejemplo SA")
CHANGED = Scan("changed", datetime(2026, 3, 10, 2, 0, 5, tzinfo=UTC))


def answer(name: str, status: int = 200) -> Answer:
    return Answer(status, sample("tiendanegocio", name))


class Shop:
    """A list of customers by id, which may know `since_id` or not, and sort as it likes."""

    def __init__(self, count: int, *, since: bool = True, newest_first: bool = False) -> None:
        self.ids = list(range(1, count + 1))
        self.since, self.newest_first = since, newest_first

    def __call__(self, request: Received) -> Answer:
        asked = dict(request.params)
        size, page = int(asked["per_page"]), int(asked.get("page", 1))
        after = int(asked.get("since_id", 0)) if self.since else 0
        ids = [number for number in self.ids if number > after]
        ids.sort(reverse=self.newest_first)
        total, more = len(ids), page * size < len(ids)
        told = {
            "total": total,
            "page": page,
            "per_page": size,
            "next_page": "url" if more else None,
        }
        rows = [{"id": number} for number in ids[(page - 1) * size : page * size]]
        return Answer(body=json.dumps({"pagination": told, "results": rows}).encode())


def scan(shop: Shop, in_flight: int = 1) -> tuple[list[str], list[dict[str, str]]]:
    with loopback(shop) as server:
        connector = connect("tiendanegocio", server, page_size=10)
        pages = list(connector.pages(Scan(), in_flight=in_flight))
        ids = [connector.row_id(row) for page in pages for row in page.rows]
    return ids, [dict(one.params) for one in server.received]


@pytest.mark.parametrize("count", [0, 1, 10, 35])
def test_everything_is_listed_by_since_id_to_an_empty_page(count: int) -> None:
    ids, asked = scan(Shop(count))
    assert ids == [str(number) for number in range(1, count + 1)]
    assert [one["since_id"] for one in asked] == [
        "0",
        *ids[9::10],
        *([ids[-1]] if count % 10 else []),
    ]


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize(
    "shop",
    [Shop(35, since=False), Shop(35, newest_first=True), Shop(35, since=False, newest_first=True)],
    ids=["deaf", "newest-first", "both"],
)
def test_a_shop_that_does_not_go_by_since_id_is_read_by_page(shop: Shop, in_flight: int) -> None:
    ids, asked = scan(shop, in_flight)
    assert set(ids) == {str(number) for number in range(1, 36)}
    assert max(one.get("page", "") for one in asked) == "4"


def test_an_end_short_of_the_total_is_read_again_by_page() -> None:
    """Seemingly in order, page by page, and still with a gap."""
    answers = [
        {"pagination": {"total": 3}, "results": [{"id": 1}, {"id": 3}]},
        {"pagination": {"total": 0}, "results": []},
        {"pagination": {"total": 3, "next_page": ""}, "results": [{"id": 1}, {"id": 2}, {"id": 3}]},
    ]
    with loopback([Answer(body=json.dumps(one).encode()) for one in answers]) as server:
        pages = list(connect("tiendanegocio", server).pages(Scan()))
    assert [len(page.rows) for page in pages] == [2, 0, 3]


def test_an_unreadable_row_does_not_stop_the_list() -> None:
    rows = b'{"pagination": {"total": 2}, "results": [{"id": 1}, {"id": null}]}'
    with loopback([Answer(body=rows), answer("list_past_the_end")]) as server:
        pages = list(connect("tiendanegocio", server).pages(Scan()))
    assert [len(page.rows) for page in pages] == [2, 0]


def test_only_the_first_page_by_since_id_tells_the_total() -> None:
    connector = connect("tiendanegocio")
    first = connector.first_position(Scan())
    told = connector.read_list(sample("tiendanegocio", "list_first"), Scan(), first)
    later = connector.read_list(
        sample("tiendanegocio", "list_first"), Scan(), {"since_id": "900", "seen": 5}
    )
    assert (told.total, later.total) == (120, None)
    assert connector.stable(first)
    assert not connector.stable({"page": 2})


def test_rows_out_of_order_send_the_scan_on_by_page() -> None:
    connector = connect("tiendanegocio")
    first = connector.first_position(Scan())
    found = connector.read_list(sample("tiendanegocio", "list_out_of_order"), Scan(), first)
    assert found.next == {"page": 1}


def test_what_changed_is_asked_for_by_time_on_every_page() -> None:
    with loopback([answer("list_first"), answer("list_last")]) as server:
        connector = connect("tiendanegocio", server)
        first, second = list(connector.pages(CHANGED))[:2]
    assert [dict(one.params)["updated_at_min"] for one in server.received[:2]] == [
        "2026-03-10T02:00:05.000Z"
    ] * 2
    assert (first.position["page"], second.position["page"]) == (1, 2)
    assert first.total is None


def test_what_is_new_is_asked_for_by_time() -> None:
    with loopback([answer("list_last")]) as server:
        list(connect("tiendanegocio", server).pages(Scan("new", CHANGED.since)))
    assert dict(server.received[0].params)["created_at_min"] == "2026-03-10T02:00:05.000Z"


@pytest.mark.parametrize("name", ["list_last", "list_past_the_end"])
def test_null_or_empty_next_page_ends_the_list(name: str) -> None:
    with loopback([answer(name)]) as server:
        assert len(list(connect("tiendanegocio", server).pages(CHANGED))) == 1


def test_a_bare_list_is_read_and_a_shop_that_repeats_itself_ends() -> None:
    with loopback([answer("list_bare")]) as server:
        pages = list(connect("tiendanegocio", server).pages(CHANGED))
    assert len(pages) == 2
    assert len(pages[0].rows) == 2


@pytest.mark.parametrize(
    ("scheme", "header"),
    [("bearer", "Bearer access_token-0123456789"), ("raw", "access_token-0123456789")],
)
def test_the_token_is_sent_by_either_scheme(scheme: str, header: str) -> None:
    with loopback([answer("list_last")]) as server:
        connect("tiendanegocio", server, auth_scheme=scheme).check()
    assert server.received[0].headers["authorization"] == header


def test_a_customer_is_a_bare_object() -> None:
    with loopback([answer("get_one"), answer("list_bare")]) as server:
        connector = connect("tiendanegocio", server)
        assert connector.row_id(connector.get("901").body) == "901"
        with pytest.raises(UnexpectedResponseError):
            connector.get("901")


def test_a_create_is_answered_with_the_customer() -> None:
    with loopback([answer("created", 201)]) as server:
        written = connect("tiendanegocio", server).create(ANA, "key")
    assert written.external_id == "903"
    assert server.received[0].json == {
        "name": "Ana",
        "last_name": "Suárez",
        "company": "Ejemplo SA",
    }


def test_an_update_that_may_clear_the_company_waits_for_its_option() -> None:
    bare = CustomerRecord(external_id="901", email="new@example.com")
    with loopback([answer("get_one")]) as server:
        with pytest.raises(NotSupportedError, match="clear_company"):
            connect("tiendanegocio", server).update("901", bare, sample("tiendanegocio", "get_one"))
        connect("tiendanegocio", server).update("901", ANA, sample("tiendanegocio", "get_one"))
        connect("tiendanegocio", server, clear_company=True).update("901", bare, b'{"id": 901}')
    assert [one.json.get("company") for one in server.received] == ["Ejemplo SA", None]


@pytest.mark.parametrize("status", [200, 204])
def test_a_delete_needs_no_answer(status: int) -> None:
    with loopback([Answer(status, b"")]) as server:
        connect("tiendanegocio", server).delete("901")
    assert server.calls == ["DELETE /customers/901"]


@pytest.mark.parametrize(
    ("name", "words"), [("refused_422", "ya existe"), ("refused_text", "no es válido")]
)
def test_a_refusal_of_any_shape_comes_with_its_words(name: str, words: str) -> None:
    with loopback([answer(name, 422)]) as server, pytest.raises(RejectedError, match=words):
        connect("tiendanegocio", server).create(ANA, "key")


def test_forty_calls_in_ten_seconds_are_never_reached() -> None:
    pacer = connect("tiendanegocio").http.pacer
    assert pacer._window == 10.0
    assert type(connect("tiendanegocio")).requests_per_minute == 180

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.declare import Scan
from connectors.errors import (
    ConfigurationError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    TemporaryError,
    UnexpectedResponseError,
)
from connectors.records import CustomerRecord, Name
from tests.connectors.support import Answer, Received, connect, loopback, sample

LEYLA = CustomerRecord(external_id="", name=Name(full="Leyla Demo"))
NOW = datetime(2026, 1, 3, tzinfo=UTC)
KEY = "11111111-2222-4333-8444-555555555555"


def answer(name: str, status: int = 200) -> Answer:
    return Answer(status, sample("clopos", name))


class Till:
    """Authenticates, and gives the answers in turn to everything else."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def __call__(self, request: Received) -> Answer:
        if request.path == "/auth":
            return answer("auth")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Customers:
    """So many customers, changed an hour apart, the highest id last; `cap` per page, and
    `total` where the till miscounts them."""

    def __init__(
        self, count: int, cap: int = 999, *, sorts: bool = True, total: int | None = None
    ) -> None:
        self.cap, self.sorts = cap, sorts
        self.total = count if total is None else total
        self.rows = [
            {
                "id": number,
                "updated_at": f"{NOW + timedelta(hours=number):%Y-%m-%dT%H:%M:%S.000000Z}",
            }
            for number in range(1, count + 1)
        ]

    def __call__(self, request: Received) -> Answer:
        if request.path == "/auth":
            return answer("auth")
        asked = dict(request.params)
        newest_first = self.sorts and asked["sort[1]"] == "-1"
        rows = self.rows[::-1] if newest_first else self.rows
        size, page = min(int(asked["limit"]), self.cap), int(asked["page"])
        shown = rows[(page - 1) * size : page * size]
        told = {"success": True, "data": shown, "total": self.total}
        return Answer(body=json.dumps(told).encode())


def pages_of(
    till: Customers, scan: Scan, page_size: int = 10, in_flight: int = 1
) -> list[list[int]]:
    with loopback(till) as server:
        connector = connect("clopos", server, page_size=page_size)
        pages = connector.pages(scan, in_flight=in_flight)
        return [[json.loads(row)["id"] for row in page.rows] for page in pages]


def test_the_bare_token_is_sent_and_a_venue_when_it_is_set() -> None:
    with loopback(Till(answer("list_newest_first"))) as server:
        connect("clopos", server).check()
        connect("clopos", server, venue="7").check()
    auth, first, _, second = server.received
    assert set(auth.json) == {"client_id", "client_secret", "brand", "integrator_id"}
    assert first.headers["x-token"] == "aaa.bbb.ccc"
    assert "x-venue" not in first.headers
    assert second.headers["x-venue"] == "7"


def test_refused_credentials_come_with_status_200() -> None:
    with (
        loopback([answer("auth_refused_200")]) as server,
        pytest.raises(ConfigurationError, match="test mode"),
    ):
        connect("clopos", server).check()


def test_an_expired_token_is_renewed_once() -> None:
    with loopback(Till(answer("token_expired_401", 401), answer("get_one"))) as server:
        connect("clopos", server).get("31")
    assert server.calls == ["POST /auth", "GET /customers/31"] * 2


def test_a_token_refused_with_status_200_is_renewed_too() -> None:
    with loopback(Till(answer("token_expired_401", 200), answer("get_one"))) as server:
        connect("clopos", server).get("31")
    assert server.calls.count("POST /auth") == 2


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("count", [0, 1, 10, 35])
def test_everything_is_listed_by_id(count: int, in_flight: int) -> None:
    pages = pages_of(Customers(count), Scan(), in_flight=in_flight)
    assert [number for page in pages for number in page] == list(range(1, count + 1))
    assert len(pages) == max(1, -(-count // 10))


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_till_that_gives_less_than_was_asked_is_read_to_its_end(in_flight: int) -> None:
    pages = pages_of(Customers(35, cap=7), Scan(), page_size=20, in_flight=in_flight)
    assert [number for page in pages for number in page] == list(range(1, 36))


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("total", [0, 3, 25])
def test_a_total_below_what_was_seen_is_not_the_end(total: int, in_flight: int) -> None:
    pages = pages_of(Customers(35, total=total), Scan(), in_flight=in_flight)
    assert [number for page in pages for number in page] == list(range(1, 36))


def test_the_list_is_asked_for_with_its_groups() -> None:
    with loopback(Till(answer("list_newest_first"))) as server:
        connect("clopos", server).check()
    assert server.received[1].params == [
        ("page", "1"), ("limit", "200"), ("with[0]", "group"), ("sort[0]", "id"), ("sort[1]", "1"),
    ]  # fmt: skip


def test_what_changed_is_listed_newest_first_down_to_its_moment() -> None:
    since = NOW + timedelta(hours=22)
    pages = pages_of(Customers(35), Scan("changed", since), in_flight=4)
    assert pages == [[], list(range(35, 25, -1)), list(range(25, 15, -1))]


def test_a_till_that_does_not_sort_is_read_to_its_end() -> None:
    since = NOW + timedelta(hours=22)
    assert sum(map(len, pages_of(Customers(35, sorts=False), Scan("changed", since)))) == 35


def test_a_row_without_its_time_does_not_end_the_list() -> None:
    body = b'{"success": true, "data": [{"id": 1, "updated_at": null}, [1]], "total": 9}'
    found = connect("clopos").read_list(body, Scan("changed", NOW), {"page": 1})
    assert found.next == {"page": 2, "size": 2}


@pytest.mark.parametrize(
    ("name", "total", "following"),
    [
        ("list_newest_first", 450, {"page": 2, "size": 2}),
        ("list_pagination", 2, {"page": 2, "size": 1}),
        ("list_bare", None, {"page": 2, "size": 1}),
    ],
)
def test_three_envelopes_are_read(name: str, total: int | None, following: dict[str, int]) -> None:
    found = connect("clopos").read_list(sample("clopos", name), Scan(), {"page": 1})
    assert (found.total, found.next) == (total, following)


@pytest.mark.parametrize(("name", "found"), [("get_one", "31"), ("get_one_bare", "30")])
def test_a_customer_comes_wrapped_or_bare(name: str, found: str) -> None:
    with loopback(Till(answer(name))) as server:
        connector = connect("clopos", server)
        assert connector.row_id(connector.get("x").body) == found


@pytest.mark.parametrize(
    ("name", "status"), [("not_found_404", 404), ("not_found_404", 200), ("not_found_200", 200)]
)
def test_a_missing_customer_is_not_found(name: str, status: int) -> None:
    with loopback(Till(answer(name, status))) as server, pytest.raises(NotFoundError):
        connect("clopos", server).get("99")


def test_a_failure_that_is_no_word_we_know_is_unexpected() -> None:
    with (
        loopback(Till(Answer(200, b'{"success": false, "message": "odd"}'))) as server,
        pytest.raises(UnexpectedResponseError, match="odd"),
    ):
        connect("clopos", server).get("1")


def test_a_create_carries_our_own_id() -> None:
    with loopback(Till(answer("created"))) as server:
        written = connect("clopos", server).create(LEYLA, KEY)
    assert written.external_id == "32"
    assert server.received[-1].json == {"name": "Leyla Demo", "cid": KEY}


@pytest.mark.parametrize(
    ("name", "status", "field"),
    [
        ("duplicate_409", 409, "phone"),
        ("duplicate_409", 200, "phone"),
        ("validation_400", 400, "name"),
    ],
)
def test_a_refusal_names_its_field(name: str, status: int, field: str) -> None:
    with loopback(Till(answer(name, status))) as server, pytest.raises(RejectedError) as caught:
        connect("clopos", server).create(LEYLA, KEY)
    assert list(caught.value.fields) == [field]


def test_a_gateway_fault_is_temporary_for_a_read_and_unknown_for_a_create() -> None:
    with loopback(Till(answer("third_shape_500", 500))) as server:
        with pytest.raises(TemporaryError):
            connect("clopos", server).get("1")
        with pytest.raises(OutcomeUnknownError):
            connect("clopos", server).create(LEYLA, KEY)


def test_there_is_neither_an_update_nor_a_delete() -> None:
    connector = connect("clopos")
    assert not connector.can("update")
    assert not connector.can("delete")

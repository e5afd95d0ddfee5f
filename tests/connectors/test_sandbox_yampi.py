"""Yampi's fake against its page."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox import serve
from connectors.yampi.sandbox import YampiSandbox
from tests.connectors.sandbox_client import Client

ANA = {"first_name": "Ana", "last_name": "Teste", "email": "ana@example.com"}
FRESH = {"skipCache": "true"}
LIST = "/loja-demo/customers"


@pytest.fixture
def shop() -> Iterator[Client]:
    with serve() as server:
        fake = server.vendor("yampi")
        headers = {
            "User-Token": fake.credentials["user_token"],
            "User-Secret-Key": fake.credentials["user_secret_key"],
        }
        yield Client(fake, headers)


def test_both_headers_and_the_alias_are_needed(shop: Client) -> None:
    assert shop.vendor.options["alias"] == "loja-demo"
    assert shop.get(LIST).status == 200
    assert shop.get(LIST, User_Token="wrong").status == 401
    assert shop.get(LIST, User_Secret_Key="wrong").status == 401
    assert shop.get("/other/customers").status == 404
    shops = shop.send("POST", "/auth/me").json["data"]["merchants"]["data"]
    assert [one["alias"] for one in shops] == ["loja-demo"]
    assert shop.get("/auth/me").status == 405


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (10, 1), (11, 2), (25, 3)])
def test_counters_are_text(shop: Client, rows: int, pages: int) -> None:
    shop.vendor.fill(rows)
    told = shop.get(LIST).json["meta"]["pagination"]
    assert (told["total"], told["per_page"], told["total_pages"]) == (str(rows), "10", str(pages))
    assert (told["count"], told["current_page"]) == (str(min(rows, 10)), "1")
    assert (told["links"]["next"] == "") == (pages == 1)
    met = list(shop.numbered(LIST, "data", "id", limit=7))
    assert [str(key) for page in met for key in page] == list(shop.vendor.rows)


def test_a_page_has_at_most_a_hundred(shop: Client) -> None:
    shop.vendor.fill(101)
    assert len(shop.get(LIST, {"limit": 500}).json["data"]) == 100


def test_addresses_come_wrapped_and_only_when_asked_for(shop: Client) -> None:
    shop.vendor.fill(20)
    assert all("addresses" not in row for row in shop.get(LIST, {"limit": 20}).json["data"])
    rows = shop.get(LIST, {"limit": 20, "include": "stats,addresses"}).json["data"]
    found = [address for row in rows for address in row["addresses"]["data"]]
    assert found
    assert found[0]["created_at"]["timezone"] == "America/Sao_Paulo"
    row = next(row for row in rows if row["addresses"]["data"])
    assert row["addresses"]["data"][0]["customer_id"] == row["id"]
    assert shop.get(f"{LIST}/{row['id']}/addresses").json["data"] == row["addresses"]["data"]


def test_reads_are_cached_unless_told_otherwise(shop: Client) -> None:
    key = shop.vendor.add(**ANA)
    path = f"{LIST}/{key}"
    assert shop.get(path).json["data"][0]["notes"] is None
    shop.vendor.edit(key, notes="new")
    assert shop.get(path).json["data"][0]["notes"] is None
    assert shop.get(path, FRESH).json["data"][0]["notes"] == "new"


class TestScroll:
    def scroll(self, shop: Client, key: str = "", **query: Any) -> Any:
        told = {"scroll": "true", "limit": 10, **query} | ({"scroll_id": key} if key else {})
        return shop.get(LIST, told)

    def test_it_ends_with_an_empty_page(self, shop: Client) -> None:
        shop.vendor.fill(20)
        sizes, key = [], ""
        for _ in range(3):
            answer = self.scroll(shop, key).json
            key = answer["scroll_id"]
            sizes.append(len(answer["data"]))
            assert answer["meta"] == {}
        assert sizes == [10, 10, 0]

    def test_it_stays_as_it_began(self, shop: Client) -> None:
        shop.vendor.fill(20)
        first = self.scroll(shop).json
        last = list(shop.vendor.rows)[-1]
        shop.vendor.remove(last)
        shop.vendor.add(**ANA)
        rest = self.scroll(shop, first["scroll_id"]).json["data"]
        assert [str(row["id"]) for row in rest][-1] == last
        assert len(rest) == 10

    def test_a_lost_answer_moves_it_on(self, shop: Client) -> None:
        shop.vendor.fill(20)
        key = self.scroll(shop).json["scroll_id"]
        self.scroll(shop, key)
        assert self.scroll(shop, key).json["data"] == []

    def test_it_expires(self, shop: Client) -> None:
        shop.vendor.fill(20)
        key = self.scroll(shop).json["scroll_id"]
        assert isinstance(shop.vendor, YampiSandbox)
        shop.vendor.expire_scrolls()
        assert self.scroll(shop, key).status == 404


def test_it_searches_name_email_document_and_phone(shop: Client) -> None:
    key = shop.vendor.add(**ANA, name="Ana Teste", cpf="00000000191")
    shop.vendor.fill(3)
    for words in ("ana teste", "ana@example", "00000000191"):
        rows = shop.get(LIST, {**FRESH, "q": words}).json["data"]
        assert [str(row["id"]) for row in rows] == [key]


def test_get_one_is_a_list_of_one(shop: Client) -> None:
    key = shop.vendor.add(**ANA)
    (row,) = shop.get(f"{LIST}/{key}").json["data"]
    assert str(row["id"]) == key
    assert {"token", "login_url", "ip"} <= set(row)
    assert shop.get(f"{LIST}/1").status == 404


def test_a_create_takes_the_read_objects_names(shop: Client) -> None:
    body = {**ANA, "phone": {"full_number": "5511990000001"}, "newsletter": True}
    answer = shop.send("POST", LIST, body=body)
    assert answer.status == 201
    made = answer.json["data"]
    assert made["name"] == made["generic_name"] == "Ana Teste"
    assert made["phone"]["formated_number"] == "(11) 99000-0001"
    assert shop.vendor.rows[str(made["id"])]["newsletter"] is True


def test_doubles_and_gaps_are_refused_by_field(shop: Client) -> None:
    shop.vendor.add(**ANA, cpf="000.000.001-91")
    for change, field in (
        ({}, "email"),
        ({"email": "eva@example.com", "cpf": "00000000191"}, "cpf"),
        ({"email": ""}, "email"),
        ({"email": "eva@example.com", "notes": ["x"]}, "notes"),
    ):
        answer = shop.send("POST", LIST, body={**ANA, **change})
        assert answer.status == 422
        assert list(answer.json["errors"]) == [field]
        assert isinstance(answer.json["errors"][field][0], str)


def test_an_update_keeps_what_is_not_sent(shop: Client) -> None:
    key = shop.vendor.add(**ANA, birthday="1990-02-03")
    made = shop.send("PUT", f"{LIST}/{key}", body={"first_name": "Eva"}).json["data"]
    assert (made["name"], made["birthday"], made["email"]) == (
        "Eva Teste",
        "1990-02-03",
        "ana@example.com",
    )


def test_the_quota_is_told_and_has_no_retry_after(shop: Client) -> None:
    shop.vendor.clock = lambda: 1_800_000_000.0
    assert shop.get(LIST).headers["X-RateLimit-Remaining"] == "59"
    limit = shop.vendor.rate_limit
    assert limit is not None
    limit.on, limit.limit = True, 1
    answers = [shop.get(LIST), shop.get(LIST)]
    assert answers[-1].status == 429
    assert answers[-1].json == {"message": "Too Many Requests", "status_code": 429}
    assert answers[-1].headers["Retry-After"] is None

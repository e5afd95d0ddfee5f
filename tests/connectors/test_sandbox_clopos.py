"""Clopos's fake against its page."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox import serve
from tests.connectors.sandbox_client import Client

LEYLA = {"name": "Leyla Demo", "phone": "+994500000000", "email": "leyla@example.com"}


@pytest.fixture
def till() -> Iterator[Client]:
    with serve() as server:
        client = Client(server.vendor("clopos"))
        answer = client.send("POST", "/auth", body=client.vendor.credentials).json
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
        client.headers["x-token"] = answer["token"]
        yield client


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"client_id": ""}, 400, "client_id"),
        ({"integrator_id": "other"}, 400, "Invalid integrator_id"),
        ({"brand": "other"}, 200, "test mode"),
        ({"client_secret": "other"}, 401, "Invalid credentials"),
    ],
)
def test_a_login_is_refused_in_four_ways(
    till: Client, change: dict[str, str], status: int, words: str
) -> None:
    answer = till.send("POST", "/auth", body={**till.vendor.credentials, **change})
    assert answer.status == status
    assert answer.json["success"] is False
    assert words in f"{answer.json.get('error')} {answer.json['message']}"


def test_the_bare_token_is_needed(till: Client) -> None:
    assert till.get("/customers").status == 200
    answer = till.get("/customers", x_token="other")
    assert (answer.status, answer.json["error"]) == (401, "Invalid token")
    token = till.headers.pop("x-token")
    answer = till.get("/customers", Authorization=f"Bearer {token}")
    assert (answer.status, answer.json["error"]) == (401, "Headers are missing")
    till.vendor.expire_tokens()
    answer = till.get("/customers", x_token=token)
    assert (answer.status, answer.json["error"]) == (401, "Token expired")
    assert answer.json["expires_at"].endswith("Z")


@pytest.mark.parametrize("rows", [0, 1, 10, 11, 25])
def test_pages_are_counted_from_the_total(till: Client, rows: int) -> None:
    till.vendor.fill(rows)
    query = {"limit": 10, "sort[0]": "id", "sort[1]": 1}
    met = list(till.numbered("/customers", "data", "id", **query))
    assert [str(key) for page in met for key in page] == list(till.vendor.rows)
    assert till.get("/customers").json["total"] == rows
    assert till.get("/customers", {"limit": 1000}).status == 400


def test_it_sorts_and_the_newest_come_first_by_default(till: Client) -> None:
    made = [
        till.vendor.add(
            name=name,
            created_at=f"2024-01-0{day}T00:00:00.000000Z",
            updated_at=f"2024-02-0{4 - day}T00:00:00.000000Z",
        )
        for day, name in ((1, "B"), (2, "C"), (3, "A"))
    ]

    def found(**query: Any) -> list[str]:
        told = {key.replace("_0", "[0]").replace("_1", "[1]"): query[key] for key in query}
        return [str(row["id"]) for row in till.get("/customers", told).json["data"]]

    assert found() == made[::-1]
    assert found(sort_0="updated_at", sort_1=-1) == made
    assert found(sort_0="name", sort_1=1) == [made[2], made[0], made[1]]
    assert till.get("/customers", {"sort[0]": "spent"}).status == 400


def test_it_filters_by_name_phones_and_group(till: Client) -> None:
    made = [
        till.vendor.add(name="Leyla", phone="+994 50 000 00 01", group_id=2),
        till.vendor.add(name="Elvin", phones=["994500000002"]),
    ]

    def found(*pairs: tuple[str, Any]) -> list[str]:
        query = [
            (f"filters[{number}][{place}]", part)
            for number, pair in enumerate(pairs)
            for place, part in enumerate(pair)
        ]
        rows = till.get("/customers", [*query, ("sort[0]", "id")]).json["data"]
        return [str(row["id"]) for row in rows]

    assert found(("name", "leyl")) == made[:1]
    assert found(("phones", "+994500000001")) == made[:1]
    assert found(("phones", "994500000002")) == made[1:]
    assert found(("group_id", 2), ("name", "elvin")) == []
    assert found(("email", "not filterable")) == made


def test_the_group_comes_only_when_asked_for(till: Client) -> None:
    key = till.vendor.add(name="Leyla", group_id=2)
    assert "group" not in till.get(f"/customers/{key}").json["data"]
    for name in ("with[0]", "with[]"):
        row = till.get("/customers", {name: "group"}).json["data"][0]
        assert row["group"]["name"] == "VIP"
    assert till.get("/customer-groups").json["total"] == 3


def test_a_missing_customer_is_a_list_of_errors(till: Client) -> None:
    answer = till.get("/customers/99")
    assert answer.status == 404
    assert answer.json["error"][0]["http_code"] == 404
    key = till.vendor.add(name="Leyla")
    assert till.get(f"/customers/{key}", x_venue="2").status == 404


def test_a_create_keeps_our_cid_and_refuses_doubles(till: Client) -> None:
    cid = "11111111-2222-4333-8444-555555555555"
    answer = till.send("POST", "/customers", body={**LEYLA, "cid": cid, "code": "C1"})
    assert answer.status == 200
    made = answer.json["data"]
    assert (made["cid"], made["status"], made["is_verified"]) == (cid, True, False)
    for field, value in (("phone", "994500000000"), ("code", "c1"), ("cid", cid)):
        body = {"name": "Other", field: value}
        answer = till.send("POST", "/customers", body=body)
        assert (answer.status, answer.json["error"]) == (409, f"duplicate_{field}")
    body = {"name": "Other", "email": LEYLA["email"]}
    assert till.send("POST", "/customers", body=body).json["data"]["cid"]


@pytest.mark.parametrize(
    "body", [{}, {"name": " "}, {**LEYLA, "gender": 3}, {**LEYLA, "date_of_birth": "1.2.1990"}]
)
def test_a_create_is_validated(till: Client, body: dict[str, Any]) -> None:
    answer = till.send("POST", "/customers", body=body)
    assert (answer.status, answer.json["message"]) == (400, "Validation failed")


def test_there_is_no_update_and_no_delete(till: Client) -> None:
    key = till.vendor.add(name="Leyla")
    for method in ("PUT", "PATCH", "DELETE"):
        assert till.send(method, f"/customers/{key}", body={"name": "X"}).status == 405


def test_the_quota_is_told(till: Client) -> None:
    headers = till.get("/customers").headers
    assert headers["RateLimit-Limit"] == "300"
    assert int(headers["RateLimit-Remaining"]) > 0
    assert int(headers["RateLimit-Reset"]) <= 61

"""Tiendanegocio's fake against its page."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox import serve
from tests.connectors.sandbox_client import Client


@pytest.fixture
def shop() -> Iterator[Client]:
    with serve() as server:
        fake = server.vendor("tiendanegocio")
        yield Client(fake, {"Authorization": f"Bearer {fake.credentials['access_token']}"})


def test_the_token_is_needed_with_a_scheme_or_bare(shop: Client) -> None:
    assert shop.get("/customers").status == 200
    token = shop.vendor.credentials["access_token"]
    assert shop.get("/customers", Authorization=token).status == 200
    assert shop.get("/customers", Authorization="Bearer wrong").status == 401


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 25])
def test_the_last_page_has_no_next(shop: Client, rows: int) -> None:
    shop.vendor.fill(rows)
    met = list(shop.numbered("/customers", "results", "id", per_page=10))
    assert [str(key) for page in met for key in page] == list(shop.vendor.rows)
    answer = shop.get("/customers", {"per_page": 10, "page": max(1, len(met))}).json
    assert answer["pagination"]["next_page"] is None
    assert answer["pagination"]["total"] == rows
    if rows > 10:
        following = shop.get("/customers", {"per_page": 10, "q": ""}).json["pagination"]
        assert following["next_page"] == f"{shop.vendor.base_url}/customers?page=2&per_page=10"


def test_it_filters(shop: Client) -> None:
    made = [
        shop.vendor.add(name=name, updated_at=moment, created_at=moment, identification=number)
        for name, moment, number in (
            ("Ana", "2024-01-01T00:00:00.000Z", "11"),
            ("Beto", "2024-02-01T00:00:00.000Z", "22"),
            ("Caro", "2024-03-01T00:00:00.000Z", "33"),
        )
    ]

    def found(**query: str) -> list[str]:
        return [str(row["id"]) for row in shop.get("/customers", query).json["results"]]

    for field in ("created_at", "updated_at"):
        assert found(**{f"{field}_min": "2024-01-31T21:00:00-03:00"}) == made[2:]
        assert found(**{f"{field}_max": "2024-02-01T00:00:00.001Z"}) == made[:2]
    assert found(since_id=made[0]) == made[1:]
    assert found(ids=f"{made[2]},{made[0]}") == [made[0], made[2]]
    assert found(q="beto") == found(q="22") == made[1:2]
    assert shop.get("/customers", {"updated_at_min": "soon"}).status == 422


def test_a_create_answers_201_with_a_null_address(shop: Client) -> None:
    body = {"name": "Ana", "phone": "+54 11 5000-0001", "company": "Acme", "password": "secret"}
    answer = shop.send("POST", "/customers", body=body)
    assert answer.status == 201
    made = answer.json
    assert made["address"] is None
    assert made["phone"] == "541150000001"
    assert "company" not in made
    row = shop.vendor.rows[str(made["id"])]
    assert row["company"] == "Acme"
    assert "password" not in row
    assert shop.get(f"/customers/{made['id']}").json["address"] == {}


def test_an_update_replaces_and_moves_the_time(shop: Client) -> None:
    body: dict[str, Any] = {"name": "Ana", "last_name": "Suárez", "company": "Acme"}
    key = shop.send("POST", "/customers", body=body).json["id"]
    shop.vendor.edit(str(key), updated_at="2024-01-01T00:00:00.000Z", accepts_marketing=True)
    made = shop.send("PUT", f"/customers/{key}", body={"name": "Eva"}).json
    assert (made["name"], made["last_name"], made["accepts_marketing"]) == ("Eva", None, True)
    assert made["updated_at"] > "2024-01-02"
    assert shop.vendor.rows[str(key)]["company"] is None


def test_a_deleted_customer_is_gone(shop: Client) -> None:
    key = shop.vendor.add(name="Ana")
    assert shop.send("DELETE", f"/customers/{key}").status == 204
    assert shop.send("DELETE", f"/customers/{key}").status == 404
    assert shop.get(f"/customers/{key}").status == 404


def test_what_is_no_text_is_refused(shop: Client) -> None:
    answer = shop.send("POST", "/customers", body={"name": ["Ana"]})
    assert (answer.status, list(answer.json["errors"])) == (422, ["name"])

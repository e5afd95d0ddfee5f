"""Yativo's fake against its page."""

from collections.abc import Iterator

import pytest

from connectors.sandbox import serve
from connectors.yativo.sandbox import YativoSandbox
from tests.connectors.sandbox_client import Answer, Client

LUCIA = {
    "customer_name": "Lucia Prado",
    "customer_email": "lucia@example.com",
    "customer_phone": "+5511900000001",
    "customer_country": "BRA",
}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(clock: Clock) -> Iterator[Client]:
    with serve(clock=clock) as server:
        client = Client(server.vendor("yativo"))
        login(client)
        yield client


def login(client: Client) -> None:
    data = client.send("POST", "/auth/login", body=client.vendor.credentials).json["data"]
    assert data["token_type"] == "bearer"
    assert data["expires_in"] == 600
    client.headers["Authorization"] = f"Bearer {data['access_token']}"


def fake(client: Client) -> YativoSandbox:
    assert isinstance(client.vendor, YativoSandbox)
    return client.vendor


def create(client: Client, key: str = "k1", **changes: object) -> Answer:
    return client.send("POST", "/customer", body={**LUCIA, **changes}, Idempotency_Key=key)


def test_a_token_expires(bank: Client, clock: Clock) -> None:
    assert bank.get("/customer").status == 200
    clock.now += 599
    assert bank.get("/customer").status == 200
    clock.now += 2
    answer = bank.get("/customer")
    assert (answer.status, answer.json) == (401, {"message": "Unauthenticated."})
    login(bank)
    assert bank.get("/customer").status == 200
    bank.vendor.expire_tokens()
    assert bank.get("/customer").status == 401


def test_a_login_is_refused(bank: Client) -> None:
    wrong = {**bank.vendor.credentials, "app_secret": "wrong"}
    answer = bank.send("POST", "/auth/login", body=wrong)
    assert (answer.status, "error" in answer.json["data"]) == (401, True)
    assert bank.send("POST", "/auth/login", body={"account_id": "x"}).status == 422


def test_a_token_is_renewed(bank: Client) -> None:
    data = bank.get("/auth/refresh-token").json["data"]
    assert bank.get("/customer", Authorization=f"Bearer {data['access_token']}").status == 200


@pytest.mark.parametrize(("rows", "last"), [(0, 1), (1, 1), (20, 1), (21, 2), (40, 2)])
def test_pages_tell_the_next_address(bank: Client, rows: int, last: int) -> None:
    bank.vendor.fill(rows)
    told = bank.get("/customer").json["pagination"]
    assert (told["total"], told["per_page"], told["last_page"]) == (rows, 20, last)
    assert (told["next_page_url"] is None) == (last == 1)
    pages = list(bank.numbered("/customer", "data", "customer_id", per_page=7))
    assert [key for page in pages for key in page] == list(bank.vendor.rows)


def test_the_list_hides_who_is_not_active(bank: Client) -> None:
    bank.vendor.fill(3)
    hidden = next(iter(bank.vendor.rows))
    bank.vendor.edit(hidden, customer_status="suspended")
    assert bank.get("/customer").json["pagination"]["total"] == 2
    found = bank.get("/customer", {"customer_status": "suspended"}).json["data"]
    assert [row["customer_id"] for row in found] == [hidden]
    assert bank.get(f"/customer/{hidden}").json["data"]["customer_id"] == hidden


def test_one_is_found_at_both_paths(bank: Client) -> None:
    bank.vendor.fill(1)
    (key,) = bank.vendor.rows
    for path in (f"/customer/{key}", f"/customer/customer/{key}"):
        answer = bank.get(path).json
        assert answer["data"]["customer_id"] == key
        assert "customer_type" not in answer["data"]
    for status in (404, 400):
        fake(bank).missing_status = status
        answer = bank.get("/customer/0b8f6f0e-0000-4000-8000-000000000000")
        assert answer.status == status
        assert answer.json["data"]["error"] == "Customer not found"


def test_a_create_answers_200_and_says_201(bank: Client) -> None:
    answer = create(bank, send_kyc_mail=False, customer_address={"city": "Recife"})
    assert (answer.status, answer.json["status_code"], answer.json["status"]) == (
        200,
        201,
        "success",
    )
    made = answer.json["data"]
    assert made["customer_type"] == "individual"
    assert bank.vendor.rows[made["customer_id"]]["customer_address"] is None
    assert fake(bank).kyc_mails == []


def test_a_kyc_link_is_mailed_unless_told_otherwise(bank: Client) -> None:
    create(bank)
    assert fake(bank).kyc_mails == ["lucia@example.com"]


def test_the_same_key_replays_the_answer_for_an_hour(bank: Client, clock: Clock) -> None:
    first = create(bank)
    assert create(bank).json == first.json
    assert create(bank, customer_email="other@example.com").json == first.json
    assert len(bank.vendor.rows) == 1
    clock.now += 3601
    login(bank)
    answer = create(bank)
    assert (answer.status, "expired" in answer.json["error"]) == (400, True)
    answer = bank.send("POST", "/customer", body=LUCIA)
    assert answer.json == {"error": "Idempotency-Key is required for this request."}


def test_the_key_is_remembered_by_a_second_run(tmp_path, clock: Clock) -> None:
    for _ in range(2):
        with serve(state=tmp_path / "state", clock=clock) as server:
            client = Client(server.vendor("yativo"))
            login(client)
            assert create(client).status == 200
            assert len(client.vendor.rows) == 1


def test_doubles_and_gaps_are_refused(bank: Client) -> None:
    create(bank)
    answer = create(bank, "k2", customer_email="Lucia@example.com")
    assert answer.status == 422
    assert list(answer.json["data"]) == ["customer_email"]
    answer = create(bank, "k3", customer_email="x@example.com", customer_phone="")
    assert (answer.status, list(answer.json["errors"])) == (422, ["customer_phone"])
    assert len(bank.vendor.rows) == 1


def test_an_update_answers_200_and_saves_nothing(bank: Client) -> None:
    key = create(bank).json["data"]["customer_id"]
    body = {"customer_name": "Lucia P."}
    answer = bank.send("PUT", f"/customer/{key}", body=body, Idempotency_Key="k2")
    assert (answer.status, answer.content) == (200, b"")
    assert bank.vendor.rows[key]["customer_name"] == "Lucia Prado"
    fake(bank).saves_updates = True
    answer = bank.send("PUT", f"/customer/{key}", body=body, Idempotency_Key="k3")
    assert answer.json["data"]["customer_name"] == "Lucia P."
    assert bank.send("PUT", f"/customer/{key}", body=body).status == 400


def test_the_quota_is_told_and_kept(bank: Client) -> None:
    assert bank.get("/customer").headers["X-RateLimit-Limit"] == "60"
    limit = bank.vendor.rate_limit
    assert limit is not None
    limit.on, limit.limit = True, 5
    answers = [bank.get("/customer") for _ in range(6)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert int(refused[0].headers["Retry-After"]) <= 61
    assert answers[0].headers["X-RateLimit-Remaining"] < "5"

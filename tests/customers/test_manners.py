"""Pulls from servers with worse manners than the sandbox's, over real sockets."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connectors.registry import vendor
from customers import accounts
from customers.models import Conflict, Connection, Customer, CustomerLink, Run, SetAside
from customers.pulling import pull
from customers.rereading import ask
from tests.connectors.support import Answer, Received, loopback, secrets_of

pytestmark = pytest.mark.django_db

TOKEN = {
    "success": True,
    "status": "success",
    "token": "tok-abcdef",
    "expires_in": 3600,
    "data": {"access_token": "tok-abcdef", "expires_in": 600},
}
Rows = list[dict[str, Any]]


@contextmanager
def served(
    settings: Any, slug: str, answer: Callable[[Received], Any], **given: str
) -> Iterator[Connection]:
    """A connection to a server that answers as told (an Answer, or data for a 200)."""

    def respond(request: Received) -> Answer:
        login = request.path.endswith(("/auth", "/auth/login"))
        found = TOKEN if login else answer(request)
        return found if isinstance(found, Answer) else Answer(200, json.dumps(found).encode())

    with loopback(respond) as server:
        settings.EXTRA_VENDOR_HOSTS = [server.address]
        keys = {**secrets_of(vendor(slug)), "base_url": server.url, **given}
        yield accounts.add(slug, slug, {**keys, "requests_per_minute": "30000"})


def page(request: Received) -> int:
    return int(dict(request.params).get("page", 1))


def shop_rows(number: int) -> Rows:
    return [
        {"id": i, "name": f"Ana{i}", "last_name": f"Prado{i}", "email": f"p{i}@example.com"}
        for i in range(1, number + 1)
    ]


def till_rows(number: int) -> Rows:
    return [
        {"id": i, "name": f"Leyla{i} Demo{i}", "email": f"p{i}@example.com"}
        for i in range(1, number + 1)
    ]


def payout_rows(number: int) -> Rows:
    return [
        {
            "customer_id": f"u-{i}",
            "customer_name": f"Luz{i} Mora{i}",
            "customer_email": f"p{i}@x.co",
        }
        for i in range(number)
    ]


@pytest.mark.parametrize("told", [None, {"total": "55", "per_page": "20"}])
def test_a_list_that_does_not_say_where_it_ends_is_read_to_its_end(
    settings: Any, told: dict[str, str] | None
) -> None:
    rows = payout_rows(55)

    def answer(request: Received) -> Any:
        start = 20 * (page(request) - 1)  # its own page size, whatever is asked for
        found = {"status": "success", "data": rows[start : start + 20]}
        return found | ({"pagination": told | {"current_page": page(request)}} if told else {})

    with served(settings, "yativo", answer) as shop:
        assert (pull(shop.pk).seen, CustomerLink.objects.count()) == (55, 55)


def test_a_server_that_ignores_the_page_does_not_hold_the_run_for_ever(settings: Any) -> None:
    with served(settings, "clopos", lambda request: till_rows(5)) as shop:
        found = pull(shop.pk)
    assert (found.state, found.seen) == ("complete", 5)


def test_a_server_that_ignores_the_scroll_does_not_hold_the_run_for_ever(settings: Any) -> None:
    rows = [{"id": i, "first_name": f"Ana{i}", "email": f"p{i}@example.com"} for i in range(5)]
    answer = {"scroll_id": "same", "data": rows, "meta": {}}
    with served(settings, "yampi", lambda request: answer, alias="shop") as shop:
        assert pull(shop.pk).seen == 5


@pytest.mark.parametrize("status", [403, 410, 422, 500])
def test_one_record_that_cannot_be_asked_for_does_not_stop_the_rest(
    settings: Any, status: int
) -> None:
    rows = shop_rows(30)
    gone: list[int] = []

    def answer(request: Received) -> Any:
        if not request.path.endswith("/customers"):
            return Answer(status, b"{}")
        since = int(dict(request.params).get("since_id", 0))
        left = [row for row in rows if row["id"] not in gone]
        return {"results": [row for row in left if row["id"] > since],
                "pagination": {"total": len(left), "page": 1, "per_page": 50}}  # fmt: skip

    with served(settings, "tiendanegocio", answer) as shop:
        pull(shop.pk)
        gone.append(7)
        assert pull(shop.pk, full=True).state == "complete"
        ask(CustomerLink.objects.get(external_id="9").pk)
        assert pull(shop.pk, full=True).state == "complete"
    assert not CustomerLink.objects.exclude(state="active").exists()
    shop.refresh_from_db()
    assert shop.health == "ok"


def test_a_proxys_404_quarantines_nobody(settings: Any) -> None:
    def answer(request: Received) -> Any:
        if request.path.endswith("/customers"):
            return {"success": True, "data": till_rows(3), "total": 3}
        return Answer(404, b"default backend - 404")

    with served(settings, "clopos", answer) as shop:
        pull(shop.pk)
        ask(CustomerLink.objects.get(external_id="2").pk)
        assert pull(shop.pk, full=True).quarantined == 0
    assert not Conflict.objects.exists()


@pytest.mark.parametrize("phone", ["+① 99 123", "²²²²²²²²²²", "+", "-", "9" * 60])
def test_an_odd_phone_ends_no_run(settings: Any, phone: str) -> None:
    rows = [{"id": 1, "first_name": "Ana", "phone": phone}, {"id": 2, "first_name": "Luz"}]
    answer = {"results": 2, "total_pages": 1, "customers": rows}
    with served(settings, "mercately", lambda request: answer) as shop:
        assert pull(shop.pk).state == "complete"
    assert Customer.objects.count() + SetAside.objects.count() == 2


def test_a_key_that_the_next_answer_does_not_mention_is_still_held(settings: Any) -> None:
    rows = shop_rows(1)

    def answer(request: Received) -> Any:
        first = dict(request.params).get("since_id", "0") == "0"
        return {"results": rows if first else [], "pagination": {"total": 1}}

    with served(settings, "tiendanegocio", answer) as shop:
        pull(shop.pk)
        del rows[0]["email"]
        rows[0]["note"] = "vip"
        pull(shop.pk, full=True)
    contact = {"id": 5, "first_name": "Ana1", "last_name": "Prado1", "email": "p1@example.com"}
    chat = {"results": 1, "total_pages": 1, "customers": [contact]}
    with served(settings, "mercately", lambda request: chat) as other:
        assert pull(other.pk).linked == 1
    assert Customer.objects.count() == 1


def test_a_first_scan_that_fell_short_is_made_again(settings: Any) -> None:
    rows = till_rows(50)
    holes = [8]

    def answer(request: Received) -> Any:
        start = 5 * (page(request) - 1)
        found = rows[start : start + 5]
        if page(request) in holes:
            holes.remove(page(request))
            found = []
        return {"success": True, "data": found, "total": 50}

    with served(settings, "clopos", answer, page_size="5") as shop:
        assert pull(shop.pk).seen == 45
        shop.refresh_from_db()
        assert shop.cursor is None
        assert pull(shop.pk).seen == 50


def test_a_run_goes_on_only_under_the_settings_that_it_began_with(settings: Any) -> None:
    rows = payout_rows(40)

    def answer(request: Received) -> Any:
        size = int(dict(request.params)["per_page"])
        found = rows[size * (page(request) - 1) : size * page(request)]
        told = {"total": 40, "per_page": size, "current_page": page(request)}
        return {"status": "success", "data": found, "pagination": told | {"last_page": 40 // size}}

    settings.PAGES_IN_FLIGHT = 1  # or all of them may be stored before it leaves off
    with served(settings, "yativo", answer, page_size="10") as shop:
        assert pull(shop.pk, stopping=lambda: True).state == "partial"
        Connection.objects.update(page_size=20)
        assert (pull(shop.pk).seen, CustomerLink.objects.count()) == (40, 40)
    assert Run.objects.filter(state="failed").count() == 1


def test_other_people_under_the_same_ids_are_held_before_they_replace_anybody(
    settings: Any,
) -> None:
    rows = till_rows(15)
    answer = lambda request: {"success": True, "data": rows, "total": 15}  # noqa: E731
    with served(settings, "clopos", answer) as shop:
        pull(shop.pk)
        for row in rows:
            row |= {"name": f"Otto{row['id']} Brandt", "email": f"o{row['id']}@example.org"}
        found = pull(shop.pk, full=True)
    assert found.state == "held"
    assert "another shop" in found.note
    assert not Customer.objects.filter(name__startswith="Otto").exists()


def test_a_till_that_does_not_sort_hides_no_change(settings: Any) -> None:
    moment = "2026-01-{:02}T03:04:05.000000Z"
    rows = [row | {"updated_at": moment.format(28 - row["id"])} for row in till_rows(20)]

    def answer(request: Received) -> Any:
        size = int(dict(request.params)["limit"])
        found = rows[size * (page(request) - 1) : size * page(request)]
        return {"success": True, "data": found, "total": 20}

    with served(settings, "clopos", answer, page_size="5") as shop:
        pull(shop.pk)
        rows[12] |= {"description": "likes tea", "updated_at": "2026-02-01T03:04:05.000000Z"}
        assert pull(shop.pk).changed == 1


def test_scrolls_that_are_always_over_too_soon_give_way_to_pages(settings: Any) -> None:
    rows = [{"id": i, "first_name": f"Ana{i}", "email": f"p{i}@example.com"} for i in range(5)]

    def answer(request: Received) -> Any:
        asked = dict(request.params)
        if "scroll_id" in asked:
            return Answer(404, b'{"message": "O scroll expirou."}')
        if "scroll" in asked:
            return {"scroll_id": "short", "data": rows[:2], "meta": {}}
        counts = {"total": "5", "current_page": asked["page"], "total_pages": "3"}
        start = 2 * int(asked["page"]) - 2
        return {"data": rows[start : start + 2], "meta": {"pagination": counts}}

    with served(settings, "yampi", answer, alias="shop") as shop:
        states = [pull(shop.pk).state for _ in range(4)]
    assert states == ["partial", "partial", "partial", "complete"]
    assert CustomerLink.objects.count() == 5

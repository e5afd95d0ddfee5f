"""The first page: what needs a person, how the hub is doing, each for those who may see it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.admin import charts
from customers.models import (
    Conflict,
    Connection,
    Erasure,
    ErasureLine,
    Event,
    Run,
    SetAside,
    Write,
)
from tests.customers.admin.conftest import MakeCustomer, MakeLink

HOME = "/admin/"


def text_of(client: Client) -> str:
    answer = client.get(HOME)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_an_empty_desk_teaches_the_next_step(desk: Client) -> None:
    text = text_of(desk)
    assert "Nothing waits for a person." in text
    assert "No vendor is connected yet" in text


def test_questions_are_told_by_kind_and_age(desk: Client, make_customer: MakeCustomer) -> None:
    customer, now = make_customer("Ana Paz"), timezone.now()
    for days in (0, 2, 3, 30):
        opened = now - timedelta(days=days)
        Conflict.objects.create(kind="field", customer=customer, field="email", opened_at=opened)
    Conflict.objects.create(kind="deleted", customer=customer, closed_at=now)
    text = text_of(desk)
    assert "Two values: which one?" in text
    assert "?kind__exact=field" in text
    assert "1 today" in text
    assert "2 this week" in text
    assert "1 older" in text
    assert "Gone at a vendor" not in text


def test_everything_that_waits_is_named(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink, connection: Connection
) -> None:
    link = make_link(make_customer("Ana Paz"))
    write: dict[str, Any] = {
        "kind": "update", "customer": link.customer, "connection": connection, "link": link,
    }  # fmt: skip
    Write.objects.create(state="refused", message="no such phone", **write)
    Write.objects.create(state="unknown", **write)
    Write.objects.create(state="confirmed", message="all is well", **write)
    Run.objects.create(connection=connection, state="held")
    SetAside.objects.create(connection=connection, external_id="1", text="{}", reason="?")
    Connection.objects.create(
        name="Till", vendor="clopos", health="stopped", health_note="the key was refused"
    )
    text = text_of(desk)
    for words in (
        "no such phone", "Update: Refused", "Update: Unknown", "Runs held", "set aside", "Till",
        "the key was refused".capitalize(), "Mend it in the settings",
    ):  # fmt: skip
        assert words in text, words
    assert "all is well" not in text
    assert "Nothing waits" not in text


def an_erasure(connection: Connection, *states: str, days: int = 0, **more: Any) -> Erasure:
    opened = timezone.now() - timedelta(days=days)
    case = Erasure.objects.create(customer=1, opened_at=opened, **more)
    for state in states:
        ErasureLine.objects.create(erasure=case, connection=connection, state=state)
    return case


def test_an_erasure_that_waits_for_a_person_is_named(desk: Client, connection: Connection) -> None:
    waiting = an_erasure(connection, "by_hand", "confirmed", "by_hand", days=3)
    an_erasure(connection, "by_hand", days=1)
    asked = an_erasure(connection, "asked", "confirmed")
    closed = an_erasure(connection, "confirmed", closed_at=timezone.now())
    page: Any = desk.get(HOME)
    (found,) = page.context["waiting"]
    assert "to be done by hand" in found.words
    assert (found.count, found.oldest.replace("\xa0", " ")) == ("2", "3 days ago")
    text = desk.get(found.link).content.decode()
    assert f"/erasure/{waiting.pk}/change/" in text
    assert f"/erasure/{asked.pk}/change/" not in text
    where = found.link.partition("?")[0]
    assert f"/erasure/{asked.pk}/" in desk.get(f"{where}?state=open").content.decode()
    assert f"/erasure/{waiting.pk}/" not in desk.get(f"{where}?state=closed").content.decode()
    assert f"/erasure/{closed.pk}/" in desk.get(f"{where}?state=closed").content.decode()


def test_an_erasure_that_the_vendor_sees_to_waits_for_nobody(
    desk: Client, connection: Connection
) -> None:
    an_erasure(connection, "asked")
    assert "Nothing waits for a person." in text_of(desk)


def test_a_run_of_the_whole_hub_that_is_held_breaks_nothing(desk: Client) -> None:
    Run.objects.create(kind="rules", state="held")
    assert "Runs held" in text_of(desk)


def test_pictures_have_their_figures_beside_them(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    till = Connection.objects.create(name="Till", vendor="clopos")
    customer = make_customer("Ana Paz")
    make_link(customer)
    make_link(customer, "8", connection=till)
    make_link(make_customer("Eva Paz"), "9")
    Event.objects.create(customer=customer, kind="pushed")
    text = text_of(desk)
    assert text.count('role="img"') == 2
    assert text.count("<title id=") == text.count("<desc id=") == 2
    assert "Clopos + Yampi" in text
    assert "50%" in text
    assert "<script>" not in text
    page: Any = desk.get(HOME)
    doing = page.context["doing"]
    assert [one["links"] for one in doing["connections"]] == ["2", "1"]
    assert doing["changes"].table[0][1:] == ("2", "0", "1")


def test_each_part_is_for_those_who_may_see_it(
    as_role: Any, make_customer: MakeCustomer, make_link: MakeLink, connection: Connection
) -> None:
    make_link(make_customer("Ana Paz"))
    SetAside.objects.create(connection=connection, external_id="1", text="{}", reason="?")
    assert "set aside" not in text_of(as_role("viewer")).partition("What needs")[2]
    assert "set aside" in text_of(as_role("operator")).partition("What needs")[2]
    assert "How we are doing" in text_of(as_role("viewer"))
    assert "How we are doing" not in text_of(as_role("nobody_yet"))


def test_the_page_costs_the_same_however_much_waits(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink, connection: Connection
) -> None:
    customer = make_customer("Ana Paz")
    link = make_link(customer)
    base: dict[str, Any] = {"customer": customer, "connection": connection, "link": link}
    Write.objects.create(kind="update", state="refused", **base)
    Conflict.objects.create(kind="field", customer=customer)
    with CaptureQueriesContext(database) as few:
        text_of(desk)
    for _ in range(30):
        Write.objects.create(kind="update", state="refused", **base)
        Conflict.objects.create(kind="field", customer=customer)
        make_link(make_customer("Eva Paz"), str(_ + 100))
    with CaptureQueriesContext(database) as many:
        text_of(desk)
    assert len(many) == len(few)
    assert len(few) <= 21


def test_a_column_is_as_high_as_its_day() -> None:
    found = charts.columns([(2, 1, 1), (0, 0, 0), (1, 0, 1)], ["a", "b", "c"], width=90, height=40)
    assert [[piece.height for piece in one.pieces] for one in found] == [[20, 10, 10], [], [10, 10]]
    assert [[piece.colour for piece in one.pieces] for one in found] == [[0, 1, 2], [], [0, 2]]
    assert all(piece.y + piece.height <= 40 for one in found for piece in one.pieces)
    assert [one.middle for one in found] == [15, 45, 75]


@pytest.mark.parametrize("numbers", [[], [0], [7, 3, 0]])
def test_a_bar_is_as_long_as_its_number(numbers: list[int]) -> None:
    found = charts.rows(
        [[True, False]] * len(numbers), numbers, step=10, bar_from=30, width=100, height=20
    )
    widths = [row.bar.width for row in found]
    assert widths == sorted(widths, reverse=True)
    assert all(2 <= width <= 100 for width in widths)
    assert all([dot.filled for dot in row.dots] == [True, False] for row in found)

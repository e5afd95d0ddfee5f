"""The bell: what the tick rings for, beside pulls."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from customers import erasing, undoing
from customers.editing import add_customer
from customers.models import (
    Connection,
    CustomerLink,
    Erasure,
    ErasureLine,
    ErasureState,
    Health,
    Run,
)
from customers.tasks import close_erasure, tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """The messages that went to the broker: task and arguments."""
    found: list[tuple[str, tuple[Any, ...]]] = []

    def send(task: Any, args: Any = None, *rest: Any, **kwargs: Any) -> None:
        name = task.name.removeprefix("customers.")
        if name != "count_figures":  # the start page's, which are always stale in a new database
            found.append((name, tuple(args or ())))

    monkeypatch.setattr("celery.app.task.Task.apply_async", send)
    return found


def test_the_tick_rings_for_erasures_that_are_due_and_for_no_stopped_vendor(
    rung: list[Any],
) -> None:
    due, stopped = (
        Connection.objects.create(name=name, vendor="yampi", enabled=False, health=health)
        for name, health in (("One", Health.OK), ("Two", Health.STOPPED))
    )
    case = Erasure.objects.create(customer=1)
    for connection in (due, stopped):
        ErasureLine.objects.create(
            erasure=case, connection=connection, state=ErasureState.BY_HAND, due_at=timezone.now()
        )
    tick()
    assert rung == [("pursue_erasures", (due.pk,))]


def test_the_tick_rings_for_a_case_that_was_cut_off(rung: list[Any], admin_user: User) -> None:
    customer = add_customer({"email": "ana@example.com"}, admin_user)
    case = erasing.erase(customer.pk, admin_user)
    Erasure.objects.update(closed_at=None)
    tick()
    assert rung == [("close_erasure", (case.pk,))]
    close_erasure(case.pk)
    rung.clear()
    tick()
    assert rung == []


def test_the_tick_rings_for_an_undoing_that_is_under_way(rung: list[Any], admin_user: User) -> None:
    shop = Connection.objects.create(name="One", vendor="yampi", enabled=False)
    run = Run.objects.create(connection=shop, state="complete")
    undo = undoing.start(run.pk, admin_user)
    tick()
    assert rung == [("undo_run", (undo.pk,))]
    undoing.go_on(undo.pk)
    assert undoing.unfinished() == []
    assert not CustomerLink.objects.exists()

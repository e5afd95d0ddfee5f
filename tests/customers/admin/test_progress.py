"""A run that is followed, and set beside the one before."""

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.admin.run_words import compared, progress, title, what
from customers.models import Connection, Run, RunKind, SetAside


def text_of(client: Client, name: str, run: Run) -> str:
    answer = client.get(reverse(f"admin:customers_run_{name}", args=[run.pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_run_that_goes_on_is_followed_until_it_ends(desk: Client, connection: Connection) -> None:
    run = Run.objects.create(
        connection=connection, mode="full", seen=250, total_first=1000, busy_seconds=10
    )
    page = text_of(desk, "change", run)
    assert f'data-live="{reverse("admin:customers_run_progress", args=[run.pk])}"' in page
    part = text_of(desk, "progress", run)
    assert "<html" not in part
    assert "data-again" in part
    assert "250 of 1,000 records, about 30 seconds to go · 25 records a second" in part
    Run.objects.filter(pk=run.pk).update(state="complete", seen=1000, busy_seconds=40)
    ended = text_of(desk, "progress", run)
    assert "data-again" not in ended
    assert "1,000 of 1,000 records" in ended
    assert "data-live" not in text_of(desk, "change", run)


def test_the_followed_part_is_the_pages_own(desk: Client, connection: Connection) -> None:
    run = Run.objects.create(connection=connection, mode="full")
    page, part = text_of(desk, "change", run), text_of(desk, "progress", run)
    assert page.count("data-part=") == part.count("data-part=") == 6


@pytest.mark.parametrize(
    ("seen", "total", "seconds", "share"),
    [(0, None, 0, None), (5, None, 2, None), (5, 10, 0, 50), (12, 10, 1, 100), (0, 0, 0, None)],
)
def test_progress_is_a_share_where_the_vendor_counts(
    seen: int, total: int | None, seconds: float, share: int | None
) -> None:
    run = Run(seen=seen, total_first=total, busy_seconds=seconds)
    assert progress(run).share == share


def test_a_run_is_set_beside_the_last_finished_one_like_it(
    desk: Client, connection: Connection
) -> None:
    def run(**fields: Any) -> Run:
        return Run.objects.create(
            **{"connection": connection, "mode": "full", "state": "complete"} | fields
        )

    run(seen=10)
    before = run(seen=100, changed=7)
    run(seen=55, state="failed")
    run(seen=3, mode="changed")
    now = run(seen=90, changed=9)
    page: Any = desk.get(reverse("admin:customers_run_change", args=[now.pk]))
    figures = {name: rest for name, *rest in page.context["figures"]}
    assert page.context["earlier"] == before
    assert figures["Seen"] == ["90", "100", "-10"]
    assert figures["Changed"] == ["9", "7", "+2"]
    assert compared(before, None)[0] == ("Seen", "100", "", "")


def test_records_set_aside_are_told_by_cause(desk: Client, connection: Connection) -> None:
    run = Run.objects.create(connection=connection, mode="full", state="complete", set_aside=4)
    for number, reason in enumerate(["no id", "no id", "no id", "a name of 900 letters"]):
        SetAside.objects.create(
            connection=connection, run=run, external_id=str(number), text="{}", reason=reason
        )
    page: Any = desk.get(reverse("admin:customers_run_change", args=[run.pk]))
    assert [(one.count, one.words) for one in page.context["causes"]] == [
        ("3", "No id"), ("1", "A name of 900 letters"),
    ]  # fmt: skip


def test_runs_of_the_whole_hub_have_their_lines_and_pages(desk: Client) -> None:
    for kind in (RunKind.MATCH, RunKind.UNDO):
        run = Run.objects.create(kind=kind, state="held", seen=12, changed=3)
        assert what(run) == kind.label
        assert title(run) == f"Run #{run.pk} of {kind.label}"
        page = text_of(desk, "change", run)
        assert ">Release<" not in page
        assert "/release/" not in page
        assert desk.post(f"/admin/customers/run/{run.pk}/release/").status_code == 404
        assert desk.post(f"/admin/customers/run/{run.pk}/end/").status_code == 302
    listed = desk.get("/admin/customers/run/").content.decode()
    assert "12 seen, 3 changed" in listed
    assert "all customers" in listed


def test_a_page_of_runs_costs_the_same_for_many(desk: Client, connection: Connection) -> None:
    Run.objects.create(connection=connection, state="complete")
    with CaptureQueriesContext(database) as few:
        desk.get("/admin/customers/run/")
    Run.objects.bulk_create(Run(connection=connection, state="failed") for _ in range(40))
    with CaptureQueriesContext(database) as many:
        desk.get("/admin/customers/run/")
    assert len(many) == len(few) <= 12

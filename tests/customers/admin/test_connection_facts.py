"""What waits at a connection, what went wrong there, and a form that is tried before saving."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.sandbox import SandboxServer
from customers import accounts
from customers.models import Connection, Customer, Run, SetAside, Write
from customers.pulling import pull
from customers.pushing import push
from tests.customers.admin.conftest import MakeCustomer, MakeLink
from tests.customers.conftest import Connect
from tests.customers.pushes import edit

ADD = "/admin/customers/connection/add/?vendor=clopos"


def shown(client: Client, connection: Connection) -> Any:
    answer = client.get(reverse("admin:customers_connection_change", args=[connection.pk]))
    assert answer.status_code == 200
    return answer.context


def test_freshness_backlog_schedule_and_allowance_are_told(
    desk: Client, connection: Connection, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    link = make_link(make_customer("Ana Paz"), reread_at=timezone.now())
    now = timezone.now()
    Write.objects.create(
        kind="update", customer=link.customer, connection=connection, link=link,
        planned_at=now - timedelta(hours=3),
    )  # fmt: skip
    Run.objects.create(
        connection=connection, state="complete", requests=30, busy_seconds=120, mode="full"
    )
    Connection.objects.filter(pk=connection.pk).update(
        cursor=now - timedelta(minutes=5), requests_per_minute=40, due_at=now + timedelta(hours=2)
    )
    connection.refresh_from_db()
    told = shown(desk, connection)["facts"]
    facts = {name: words.replace("\xa0", " ") for name, words in told}
    assert facts == {
        "Changes known up to": "5 minutes ago",
        "Last complete scan": "never",
        "Next pull": facts["Next pull"],
        "Pulled": "every 15 minutes",
        "Writes that wait": "1",
        "The oldest waits since": "3 hours ago",
        "Records to be read again": "1",
        "Records set aside": "0",
        "Requests": "40 a minute at most, the last run: 15 a minute",
    }
    assert "hour" in facts["Next pull"]


def test_the_page_follows_a_pull_by_itself_while_there_is_one(
    desk: Client, connection: Connection
) -> None:
    now = timezone.now()
    for live, due, lease in (
        (True, now, None),  # asked for
        (True, now + timedelta(minutes=2), now + timedelta(minutes=1)),  # under way
        (False, now + timedelta(minutes=2), now - timedelta(hours=1)),  # a worker that died
        (False, now - timedelta(hours=1), None),  # no worker comes
        (False, now + timedelta(minutes=2), None),
    ):
        rows = Connection.objects.filter(pk=connection.pk)
        rows.update(due_at=due, lease_until=lease)
        where = reverse("admin:customers_connection_change", args=[connection.pk])
        text = desk.get(where).content.decode()
        assert (f'data-live="{where}"' in text) is live
        assert (" data-again" in text) is live


def quota(client: Client, connection: Connection, **told: Any) -> str:
    now = timezone.now().timestamp()
    seen = {"left": 1243, "limit": 3000, "seen": now - 300, "until": now - 270} | told
    Connection.objects.filter(pk=connection.pk).update(quota=seen)
    return str(dict(shown(client, connection)["facts"])["Quota left"]).replace("\xa0", " ")


def test_what_the_vendor_said_is_left_is_told(desk: Client, connection: Connection) -> None:
    assert quota(desk, connection) == (
        "1,243 of 3,000 requests when last asked, 5 minutes ago; whole again since"
    )
    soon = timezone.now().timestamp() + 45
    assert quota(desk, connection, until=soon).startswith(
        "1,243 of 3,000 requests, whole again in 4"
    )
    assert quota(desk, connection, limit=None, until=soon).startswith("1,243 requests, whole")


def test_a_pull_a_push_and_a_check_keep_what_is_left(
    connect: Connect, vendors: SandboxServer
) -> None:
    vendors.vendor("yampi").add(name="Ana Paz", email="ana@example.com")
    till, web = connect("yampi", allow_update="true"), connect("tiendanegocio")
    for ask in (pull, push, lambda pk: accounts.check(Connection.objects.get(pk=pk))):
        Connection.objects.update(quota=None, writes=True)
        ask(till.pk)
        till.refresh_from_db()
        assert till.quota is not None
        assert 0 < till.quota["left"] < till.quota["limit"]
        edit(Customer.objects.get(), email="ana.paz@example.com")
    pull(web.pk)
    web.refresh_from_db()
    assert web.quota is None


def test_a_dry_run_keeps_nothing(connect: Connect) -> None:
    till = connect("clopos")
    pull(till.pk, dry=True)
    till.refresh_from_db()
    assert till.quota is None


def aside(connection: Connection, number: int, reason: str) -> SetAside:
    return SetAside.objects.create(
        connection=connection, external_id=str(number), text="{}", reason=reason
    )


def test_the_same_cause_is_told_once_with_the_button_that_mends_it(
    desk: Client, connection: Connection, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    other = Connection.objects.create(name="Till", vendor="clopos")
    rows = [aside(connection, number, "no id") for number in range(3)]
    rest = [aside(connection, 7, "a broken name"), aside(other, 1, "no id")]
    link = make_link(make_customer("Ana Paz"))
    for _ in range(2):
        Write.objects.create(
            kind="update", state="refused", message="no such phone",
            customer=link.customer, connection=connection, link=link,
        )  # fmt: skip
    Connection.objects.filter(pk=connection.pk).update(
        health="stopped", health_note="the key was refused"
    )
    found = shown(desk, connection)["troubles"]
    assert [(one.words, one.count, one.button) for one in found] == [
        ("The key was refused", "", "check"),
        ("No id", "3", "retry"),
        ("A broken name", "1", "retry"),
        ("Refused by the vendor: no such phone", "2", ""),
    ]
    address = reverse("admin:customers_connection_retry", args=[connection.pk])
    assert desk.post(address, {"reason": found[1].value}).status_code == 302
    assert all(SetAside.objects.get(pk=row.pk).retry_at for row in rows)
    assert not any(SetAside.objects.get(pk=row.pk).retry_at for row in rest)


def sent(vendors: SandboxServer, **changed: str) -> dict[str, str]:
    fake = vendors.vendor("clopos")
    found = {"name": "Till", "region": "AZ", "trust": "50", "pull_minutes": "15", "try": "1"}
    found |= {f"secret_{key}": str(value) for key, value in fake.credentials.items()}
    found |= {f"option_{key}": str(value) for key, value in fake.options.items()}
    return found | changed


def test_a_form_is_tried_without_saving(
    desk: Client, connect: Connect, vendors: SandboxServer
) -> None:
    part = {"X-Desk-Part": "tried"}
    well = desk.post(ADD, sent(vendors), headers=part).content.decode()
    assert "The vendor answers." in well
    assert "<html" not in well
    wrong = desk.post(ADD, sent(vendors, secret_client_secret="no"), headers=part).content.decode()
    assert "desk-notice-wrong" in wrong
    assert "The vendor answers." not in wrong
    lacking = desk.post(ADD, sent(vendors, name="", secret_brand=""), headers=part)
    assert "Something is missing" in lacking.content.decode()
    page = desk.post(ADD, sent(vendors)).content.decode()
    assert "The vendor answers." in page
    assert "<form" in page
    assert not Connection.objects.exists()


def test_settings_are_tried_without_saving(
    desk: Client, connect: Connect, vendors: SandboxServer
) -> None:
    connection = connect("clopos")
    before = Connection.objects.values().get()
    address = reverse("admin:customers_connection_settings", args=[connection.pk])
    kept = {name: "" for name in sent(vendors) if name.startswith("secret_")}
    part = {"X-Desk-Part": "tried"}
    assert "answers" in desk.post(address, sent(vendors, **kept), headers=part).content.decode()
    kept["secret_client_secret"] = "wrong"
    assert "answers" not in desk.post(address, sent(vendors, **kept), headers=part).content.decode()
    after = Connection.objects.values().get()
    assert {k: str(v) for k, v in after.items()} == {k: str(v) for k, v in before.items()}

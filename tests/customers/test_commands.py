"""The commands, as scripts and people use them."""

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from connectors.sandbox import SandboxServer
from customers.leases import claim
from customers.models import Connection, Customer, Run
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db

SECRET = "sk-live-0123456789"
COUNTS = [
    "connection", "state", "seen", "created", "linked", "changed", "unchanged", "set_aside",
    "quarantined", "requests", "seconds",
]  # fmt: skip


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        said(*words)
    return str(caught.value)


def pairs(**given: str) -> list[str]:
    return [word for key, value in given.items() for word in ("--set", f"{key}={value}")]


YAMPI = pairs(user_token=SECRET, user_secret_key=SECRET, alias="shop")


# connections


def test_a_connection_is_added_and_listed_without_its_secrets() -> None:
    told = said("connections", "add", "yampi", "My shop", *YAMPI, "--trust", "70")
    assert "Added My shop (Yampi)" in told
    (row,) = json.loads(said("connections", "list", "--json"))
    assert (row["name"], row["vendor"], row["trust"]) == ("My shop", "yampi", 70)
    assert row["options"] == {"alias": "shop"}
    assert "My shop" in said("connections", "list")
    assert SECRET not in told + said("connections", "list", "--json") + said("connections", "list")


def test_a_connection_is_removed_and_its_name_is_free_again(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("mercately", "Shop")
    vendors.fill(vendors.vendor("mercately"), 3)
    said("pull", "Shop")
    lease = claim(shop.pk)
    assert lease is not None
    assert "Shop: a worker is talking to this vendor" in refused("connections", "remove", "Shop")
    lease.release()
    assert "Removed Shop: 3 records archived, 0 waiting writes dropped" in said(
        "connections", "remove", "Shop"
    )
    assert Customer.objects.count() == 3
    assert json.loads(said("connections", "list", "--json")) == []
    for words in ("connections remove", "connections check", "pull", "push"):
        assert "there is no connection named 'Shop'" in refused(*words.split(), "Shop")
    Connection.objects.update(enabled=True, writes=True)  # whatever may have set them since
    assert "there is no enabled connection" in refused("pull")
    assert "no connection is written to" in refused("push")
    assert "Added Shop" in said("connections", "add", "yampi", "Shop", *YAMPI)
    assert "already" in refused("connections", "add", "yampi", "Shop", *YAMPI)


def test_a_value_may_hold_an_equals_sign() -> None:
    said("connections", "add", "mercately", "Chat", "--set", "api_key=a=b==")
    assert dict(Connection.objects.get().credentials) == {"api_key": "a=b=="}


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERCATELY_API_KEY", SECRET)
    assert SECRET not in said("connections", "add", "mercately", "Chat")
    assert dict(Connection.objects.get().credentials) == {"api_key": SECRET}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["add", "yampi", "Shop", *YAMPI, "--set", "colour=red"], "no key colour"),
        (["add", "yampi", "Shop", *YAMPI, "--set", "region=ZZ"], "region must be a country"),
        (["add", "mercately", "Shop"], "api_key is missing: give --set api_key=... or"),
        (["add", "mercately", "Shop", "--set", SECRET], "--set takes KEY=VALUE"),
        (["add", "mercately", "Shop", "--set", f"={SECRET}"], "--set takes KEY=VALUE"),
        (["add", "mercately", "Shop", "--set", f"apikey={SECRET}"], "no key apikey"),
        (["check", "Nowhere"], "no connection named 'Nowhere'"),
    ],
    ids=str,
)
def test_a_mistake_is_told_in_words_and_echoes_no_secret(
    words: list[str], answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO())
    if "apikey" in words[-1]:
        words = [*words, "--set", f"api_key={SECRET}"]
    told = refused("connections", *words)
    assert answer in told
    assert SECRET not in told
    assert not Connection.objects.exists()


def test_a_name_that_is_taken_is_told(transactional_db: None) -> None:
    said("connections", "add", "mercately", "Shop", *pairs(api_key=SECRET))
    assert "already" in refused("connections", "add", "mercately", "Shop", *pairs(api_key=SECRET))


def test_an_empty_list_says_how_to_begin() -> None:
    assert "connections add" in said("connections", "list")
    assert json.loads(said("connections", "list", "--json")) == []


def test_a_check_says_whether_the_vendor_answers(connect: Connect, vendors: SandboxServer) -> None:
    connect("yampi", "Shop")
    assert said("connections", "check", "Shop") == "Shop: the vendor answers.\n"
    connect("mercately", "Chat", api_key="wrong")
    assert refused("connections", "check", "Chat").startswith("Chat: ")


# pull


def test_a_pull_gives_one_object_a_connection(connect: Connect, vendors: SandboxServer) -> None:
    for slug in ("yampi", "clopos"):
        vendors.vendor(slug).fill(12)
        connect(slug)
    Connection.objects.filter(pk=connect("mercately").pk).update(enabled=False)
    found = [json.loads(line) for line in said("pull", "--json").splitlines()]
    assert [list(row) for row in found] == [COUNTS, COUNTS]
    assert [(row["connection"], row["state"], row["seen"]) for row in found] == [
        ("clopos", "complete", 12), ("yampi", "complete", 12),
    ]  # fmt: skip


def test_only_the_connections_named_are_pulled(connect: Connect, vendors: SandboxServer) -> None:
    connect("yampi", "Shop")
    connect("clopos", "Till")
    assert "Till" in said("pull", "Till")
    assert [str(run.connection) for run in Run.objects.all()] == ["Till"]


def test_a_dry_run_counts_the_same_and_stores_nothing(
    connect: Connect, vendors: SandboxServer
) -> None:
    vendors.vendor("yampi").fill(30)
    connect("yampi")
    dry = json.loads(said("pull", "--dry-run", "--json"))
    assert not Customer.objects.exists()
    assert not Run.objects.exists()
    real = json.loads(said("pull", "--json"))
    same = ("connection", "state", "seen", "created", "linked", "changed", "set_aside")
    assert [dry[key] for key in same] == [real[key] for key in same]
    again = json.loads(said("pull", "--full", "--json"))
    assert (again["unchanged"], again["created"]) == (30, 0)


def test_a_pull_of_nothing_or_of_nobody_is_refused(connect: Connect) -> None:
    assert "no enabled connection" in refused("pull")
    connect("yampi", "Shop")
    assert refused("pull", "Shop", "Nowhere") == "there is no connection named 'Nowhere'"
    assert not Run.objects.exists()


def test_one_that_fails_does_not_keep_the_others_back(
    connect: Connect, vendors: SandboxServer
) -> None:
    connect("clopos", "A till", client_secret="wrong")
    connect("yampi", "B shop")
    out = StringIO()
    with pytest.raises(CommandError, match=r"A till: failed: .+"):
        call_command("pull", "--json", stdout=out)
    states = {
        row["connection"]: row["state"] for row in map(json.loads, out.getvalue().split("\n")[:-1])
    }
    assert states == {"A till": "failed", "B shop": "complete"}


def test_one_that_is_being_pulled_is_told(connect: Connect) -> None:
    claim(connect("yampi", "Shop").pk)
    assert "Shop: failed: another worker" in refused("pull", "Shop")


# as processes: exit status, what goes where


Manage = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def manage(process_env: dict[str, str], project_dir: Path, vendors: SandboxServer) -> Manage:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=project_dir,
            env=process_env | {"EXTRA_VENDOR_HOSTS": vendors.address},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.django_db(transaction=True)
def test_a_script_can_rely_on_the_status_and_on_each_stream(
    manage: Manage, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(15)
    added = manage("connections", "add", "yampi", "Shop", *pairs(**fake.credentials | fake.options))
    assert (added.returncode, added.stderr) == (0, "")
    pulled = manage("pull", "--json")
    assert (pulled.returncode, pulled.stderr) == (0, "")
    assert json.loads(pulled.stdout)["seen"] == 15
    exported = manage("export")
    assert (exported.returncode, exported.stderr) == (0, "")
    assert len([json.loads(line) for line in exported.stdout.splitlines()]) == (
        Customer.objects.count()
    )
    fake.misbehave("500", times=1_000)
    failed = manage("pull", "--json", "--full")
    assert failed.returncode != 0
    assert json.loads(failed.stdout)["state"] in ("partial", "failed")
    assert failed.stderr.startswith("CommandError: Shop: ")


@pytest.mark.django_db(transaction=True)
def test_a_mistake_leaves_standard_output_empty(manage: Manage) -> None:
    for words in (
        ["pull", "Nowhere", "--json"],
        ["connections", "check", "Nowhere"],
        ["connections", "add", "mercately", "Chat"],
        ["export", "--format", "xml"],
    ):
        done = manage(*words)
        assert done.returncode != 0
        assert done.stdout == ""
        assert done.stderr
        assert "Traceback" not in done.stderr


# erase, export of one


def test_erasing_is_shown_first_and_then_done_with_what_the_vendors_say(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("tiendanegocio", "Shop")
    Connection.objects.update(writes=True)
    vendors.vendor("tiendanegocio").add(id=4711, name="Ana Paz", email="ana@example.com")
    said("pull", "Shop")
    ana = Customer.objects.get()
    words = ("erase", str(ana.pk), "--reference", "R-17", "--ask-vendors", "--json")
    (line,) = json.loads(said(*words, "--dry-run"))["lines"]
    assert (line["external_id"], line["state"]) == ("4711", "asked")
    assert Customer.objects.get().email == "ana@example.com"
    found = json.loads(said(*words))
    assert found["customers"] == [ana.pk]
    assert [one["state"] for one in found["lines"]] == ["confirmed"]
    assert "4711" not in vendors.vendor("tiendanegocio").rows
    assert Customer.objects.get().email == ""
    assert said("export") == ""
    assert "erased already" in refused("erase", str(ana.pk))
    assert "erased already" in refused("erase", str(ana.pk), "--dry-run")
    assert shop.name in said("connections", "list")


def test_erasing_nobody_is_refused() -> None:
    assert refused("erase", "7") == "there is no customer 7"
    assert refused("export", "--customer", "7") == "there is no customer 7"
    assert refused("undo", "7") == "there is no run 7"


def test_a_vendor_is_asked_from_the_shell_only_if_that_is_said(
    connect: Connect, vendors: SandboxServer
) -> None:
    connect("tiendanegocio", "Shop")
    Connection.objects.update(writes=True)
    vendors.vendor("tiendanegocio").add(name="Ana Paz", email="ana@example.com")
    said("pull", "Shop")
    told = said("erase", str(Customer.objects.get().pk))
    assert "are blank" in told
    assert "by_hand" in told
    assert not vendors.vendor("tiendanegocio").writes


def test_everything_about_one_customer_is_exported_as_one_object(
    connect: Connect, vendors: SandboxServer
) -> None:
    connect("tiendanegocio", "Shop")
    vendors.vendor("tiendanegocio").add(name="Ana Paz", email="ana@example.com")
    said("pull", "Shop")
    found = json.loads(said("export", "--customer", str(Customer.objects.get().pk)))
    assert found["customers"][0]["email"] == "ana@example.com"
    assert found["links"][0]["raw"]["email"] == "ana@example.com"

"""Erasing a person: nothing is left, nobody else loses anything, no pull brings them back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection as database
from django.utils import timezone

from connectors.sandbox import SandboxServer
from connectors.sandbox_http import Reply
from customers import (
    erased,
    erasing,
    intervening,
    plans,
    pursuing,
    rereading,
    scheduling,
    storing,
    switching,
)
from customers.absence import quarantine
from customers.connecting import connect as connect_to
from customers.dossier import dossier
from customers.editing import ErasedError, edit
from customers.exporting import rows
from customers.families import CannotMergeError
from customers.leases import claim
from customers.models import (
    BlockHolder,
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    ErasedRecord,
    Erasure,
    ErasureState,
    Event,
    KeyHolder,
    MatchKey,
    Merge,
    NotSame,
    Plan,
    Run,
    RunPage,
    SetAside,
    Write,
    WriteKind,
    WriteState,
)
from customers.pulling import pull
from customers.pushing import push
from customers.recalling import differing
from customers.uniting import merge
from customers.unmerging import unmerge
from customers.updating import MOST_ATTEMPTS
from tests.customers.conftest import Connect
from tests.customers.pushes import later

pytestmark = pytest.mark.django_db

# What may be nowhere afterwards: values, spelled as vendors, people and the hub spell them.
ZULEMA = [
    "Zulema", "zulema", "Quispetira", "quispetira", "zq.first@example.com", "zq.second@example.com",
    "zq.typed@example.com", "+5511987651234", "987651234", "98765-1234", "52998224725",
    "529.982.247-25", "Rua das Acácias", "Acácias", "acacias", "quiet note", "1971-05-06",
]  # fmt: skip
WEB_ID, SHOP_ID = "771234509871", "881234509872"


@pytest.fixture
def web(connect: Connect) -> Connection:
    return connect("yampi", "Web", paging="page")


@pytest.fixture
def shop(connect: Connect) -> Connection:
    found = connect("tiendanegocio", "Shop")
    found.writes = True
    found.save()
    return found


@pytest.fixture
def zulema(web: Connection, shop: Connection, vendors: SandboxServer, admin_user: User) -> Customer:
    """A person who has left a trace in every table there is."""
    fake, other = vendors.vendor("yampi"), vendors.vendor("tiendanegocio")
    fake.add(
        id=int(WEB_ID), first_name="Zulema", last_name="Quispetira", cpf="529.982.247-25",
        email="zq.first@example.com", phone="11987651234", notes="quiet note",
        birthday="1971-05-06",
    )  # fmt: skip
    fake.add(first_name="Ana", last_name="Prado", email="ana@example.com")
    other.add(
        id=int(SHOP_ID), name="Zulema Quispetira", identification="52998224725",
        identification_type="CPF", email="zq.second@example.com", note="Rua das Acácias",
    )  # fmt: skip
    other.add(name="Eva Luna", email="eva@example.com")
    pull(web.pk)
    pull(shop.pk)
    customer = CustomerLink.objects.get(external_id=WEB_ID).customer
    assert customer.links.count() == 2
    customer = edit(customer.pk, {"email": "zq.typed@example.com"}, admin_user, customer.version)
    address = {"street": "Rua das Acácias"}
    customer = edit(customer.pk, {"address": address}, admin_user, customer.version)
    fake.edit(WEB_ID, email="zq.second@example.com", last_name="Quispetira Z")
    pull(web.pk)  # the first e-mail is now held by nobody but stays a key
    traces(customer, web, admin_user)
    customer.refresh_from_db()
    return customer


def traces(customer: Customer, web: Connection, user: User) -> None:
    """What other parts of the hub leave behind."""
    ana = Customer.objects.get(email="ana@example.com")
    link = customer.links.get(external_id=WEB_ID)
    low, high = sorted([ana, customer], key=lambda one: one.pk)
    told = {"email": ["zq.first@example.com", "zq.typed@example.com"]}
    Conflict.objects.create(
        kind="duplicate", customer=low, other=high, reason="Zulema", evidence={"name": "Quispetira"}
    )
    write = Write.objects.create(
        kind=WriteKind.UPDATE, state=WriteState.REFUSED, customer=customer, connection=web,
        link=link, fields=told, body='{"email": "zq.typed@example.com"}',
        before='{"name": "Zulema"}',
        message="zq.typed@example.com is taken", field_messages={"email": "zq.typed@example.com"},
    )  # fmt: skip
    line = {"link": link.pk, "customer": customer.pk, "body": {"email": "zq.typed@example.com"}}
    hers = Customer.objects.create(
        name="Zulema", email="zq.first@example.com", search_text="zulema", merged_into=customer
    )
    Plan.objects.create(
        connection=web,
        lines=[
            {**line, "write": write.pk},
            {"write": None, "link": None, "customer": hers.pk, "body": {"name": "Zulema"}},
            {"write": 0, "link": 0, "customer": ana.pk, "body": {"email": "ana@example.com"}},
        ],
    )
    changes = {"email": ["zq.first@example.com", "zq.typed@example.com", [], []]}
    Merge.objects.create(survivor=customer, merged=hers, changes=changes, reason="Zulema")
    undone = Merge.objects.create(
        survivor=ana, merged=customer, changes=changes, undone_at=timezone.now()
    )
    NotSame.objects.create(one=low, other=high, reason="Zulema is not Ana", via=undone)
    Event.objects.create(customer=ana, kind="merged", changes=told, note="Zulema")
    Event.objects.create(customer=ana, kind="unmerged", changes=told)
    Event.objects.create(customer=ana, kind="stated", changes=told, link=link)
    Event.objects.create(customer=hers, kind="created", changes=told, note="Zulema")
    Event.objects.create(customer=ana, kind="edited", changes={"notes": ["", "Ana's own"]})
    BlockHolder.objects.create(block=17, customer=customer)
    BlockHolder.objects.create(block=17, customer=ana)
    SetAside.objects.create(
        connection=web,
        external_id=WEB_ID,
        text='{"name": "Zulema"}',
        reason="Zulema",
        fingerprint="",
    )
    SetAside.objects.create(
        connection=web, text='{"phone": "(11) 98765-1234"}', reason="no id", fingerprint="f1"
    )
    SetAside.objects.create(
        connection=web, text='{"name": "Ana"}', reason="no id", fingerprint="f2"
    )
    note = f"GET /customers/{WEB_ID}: 500 not for zq.typed@example.com"
    Run.objects.filter(pk=Run.objects.latest("pk").pk).update(error=note)
    Connection.objects.filter(pk=web.pk).update(health_note=note, write_note=f"/{WEB_ID}")
    pins = {"email": [user.pk, "2026-01-01T00:00:00+00:00", "Zulema said so"]}
    ignored = {"email": [["zq.first@example.com", user.pk, "2026-01-01T00:00:00+00:00", "Zulema"]]}
    Customer.objects.filter(pk=customer.pk).update(pins=pins, ignored=ignored)


def stored() -> Iterator[tuple[str, str]]:
    """Every text, JSON and blob of every table, with where it stands."""
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(columns, row, strict=True):
                    yield f"{table}.{name}", _text(value)


def _text(value: Any) -> str:
    if isinstance(value, memoryview | bytes):
        return bytes(value).decode("utf-8", errors="replace")
    return str(value).encode().decode("unicode_escape") if "\\u" in str(value) else str(value)


def found_of(words: list[str]) -> set[tuple[str, str]]:
    everything = list(stored())
    return {(place, word) for word in words for place, text in everything if word in text}


def test_nothing_of_the_person_is_left_anywhere(zulema: Customer, admin_user: User) -> None:
    before = {place for place, _ in found_of(ZULEMA)}
    assert {
        "customers_customer.name", "customers_customerlink.raw", "customers_event.changes",
        "customers_conflict.evidence", "customers_write.body", "customers_plan.lines",
        "customers_merge.changes", "customers_notsame.reason", "customers_matchkey.value",
        "customers_setaside.text", "customers_customer.pins", "customers_keyholder.carrier",
    } <= before  # fmt: skip
    assert MatchKey.objects.filter(value="zq.first@example.com", holders=None).exists()
    erasing.erase(zulema.pk, admin_user)
    assert found_of(ZULEMA) == set()


def test_what_is_left_of_the_ids_is_in_the_open_case_alone(
    zulema: Customer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user)
    assert {place for place, _ in found_of([WEB_ID, SHOP_ID])} == {
        "customers_erasureline.external_id"
    }
    for line in Erasure.objects.get().lines.all():
        pursuing.confirm(line.pk, admin_user, "seen on their screen")
    assert found_of([WEB_ID, SHOP_ID]) == set()


def test_nobody_else_loses_anything(zulema: Customer, admin_user: User) -> None:
    ana = Customer.objects.get(email="ana@example.com")
    before = Customer.objects.values().get(pk=ana.pk)
    erasing.erase(zulema.pk, admin_user)
    assert Customer.objects.values().get(pk=ana.pk) == before
    assert ana.links.count() == 1
    standing = set(BlockHolder.objects.values_list("customer_id", flat=True))
    assert ana.pk in standing
    assert zulema.pk not in standing
    assert SetAside.objects.get().fingerprint == "f2"
    assert Plan.objects.get().lines[0]["customer"] == ana.pk
    assert set(KeyHolder.objects.values_list("key__value", flat=True)) == {
        "ana@example.com", "eva@example.com",
    }  # fmt: skip
    assert ana.events.get(kind="edited").changes == {"notes": ["", "Ana's own"]}
    assert not ana.events.filter(kind="stated").exists()


def test_the_rows_stay_blank_so_that_old_addresses_say_erased(
    zulema: Customer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user)
    blank = Customer.objects.filter(erased_at__isnull=False)
    assert [str(one) for one in blank.order_by("pk")] == [
        f"#{one.pk}" for one in blank.order_by("pk")
    ]
    assert blank.count() == 2  # she, and the one that was merged into her
    zulema.refresh_from_db()
    assert [event.kind for event in zulema.events.all()] == ["erased"]
    assert {row["id"] for row in rows()}.isdisjoint(one.pk for one in blank)


def test_the_next_pull_does_not_bring_the_person_back(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user)
    vendors.vendor("yampi").edit(WEB_ID, notes="something new")
    found = pull(web.pk, full=True)
    assert (found.state, found.seen, found.created, found.linked) == ("complete", 2, 0, 0)
    assert found.unchanged == 2
    assert Run.pulls.latest("pk").proven
    assert found_of([*ZULEMA, "something new"]) == set()
    assert erased.stand_in(web.pk, WEB_ID) in RunPage.objects.get(run__connection=web).ids


def test_a_page_that_was_fetched_before_the_erasure_brings_nobody_back(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 1  # so that the second page is not stored with the first
    web.page_size = 1
    web.save()
    fake = vendors.vendor("yampi")
    fake.edit(WEB_ID, notes="something new")
    before = [one for one in fake.rows if one != WEB_ID]
    fake.rows = {one: fake.rows[one] for one in [*before, WEB_ID]}

    def meanwhile(run: Run) -> None:
        if not zulema.events.filter(kind="erased").exists():
            erasing.erase(zulema.pk, admin_user)

    found = pull(web.pk, full=True, progress=meanwhile)
    assert (found.state, found.seen) == ("complete", 2)
    assert found_of([*ZULEMA, "something new"]) == set()


def test_an_erasure_after_the_look_at_a_changed_record_is_met(
    zulema: Customer,
    web: Connection,
    vendors: SandboxServer,
    admin_user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendors.vendor("yampi").edit(WEB_ID, notes="something new")
    known: list[Any] = []

    def then_erased(*asked: Any) -> dict[str, Any]:
        found = differing(*asked)
        if not known:
            known.append(found[WEB_ID])
            erasing.erase(zulema.pk, admin_user)
        return found

    monkeypatch.setattr(storing, "differing", then_erased)
    found = pull(web.pk, full=True)
    assert known[0] is not None
    assert Customer.objects.get(pk=zulema.pk).erased_at is not None
    assert (found.state, found.created) == ("complete", 0)
    assert found_of([*ZULEMA, "something new"]) == set()


def test_a_record_that_cannot_be_read_is_not_set_aside_for_an_erased_person(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    SetAside.objects.all().delete()
    erasing.erase(zulema.pk, admin_user)
    vendors.vendor("yampi").edit(WEB_ID, first_name=["Zulema"])
    assert pull(web.pk, full=True).set_aside == 0
    assert not SetAside.objects.exists()


def test_who_registers_anew_is_new(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user)
    vendors.vendor("yampi").add(
        first_name="Zulema", email="zq.first@example.com", cpf="52998224725"
    )
    assert pull(web.pk, full=True).created == 1
    assert Customer.objects.get(email="zq.first@example.com").erased_at is None


def test_the_same_id_at_another_connection_is_somebody_else(
    zulema: Customer, web: Connection, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user)
    assert erased.among(web.pk, [WEB_ID, SHOP_ID]) == {WEB_ID}
    other = Connection.objects.create(name="Other", vendor="yampi")
    assert erased.among(other.pk, [WEB_ID]) == set()


def test_the_mark_hangs_on_its_own_key_and_on_no_other(
    zulema: Customer, web: Connection, admin_user: User, settings: Any
) -> None:
    erasing.erase(zulema.pk, admin_user)
    settings.SECRET_KEY = "another secret key, after a rotation, 0123456789 abcdefgh"
    assert erased.among(web.pk, [WEB_ID]) == {WEB_ID}
    settings.ERASURE_KEY = "another erasure key, which nobody should ever choose to have"
    assert erased.among(web.pk, [WEB_ID]) == set()
    assert all(WEB_ID.encode() not in bytes(one.digest) for one in ErasedRecord.objects.all())


def test_whoever_was_merged_leads_to_the_person_whole(zulema: Customer, admin_user: User) -> None:
    merged = Customer.objects.get(merged_into=zulema)
    found = erasing.preview(merged.pk, ask=False)
    assert found.customers == [zulema.pk, merged.pk]
    assert erasing.erase(merged.pk, admin_user).customer == zulema.pk


def test_an_erased_customer_is_neither_edited_nor_erased_again(
    zulema: Customer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user)
    with pytest.raises(erasing.RefusedError, match="erased already"):
        erasing.erase(zulema.pk, admin_user)
    zulema.refresh_from_db()
    with pytest.raises(ErasedError):
        edit(zulema.pk, {"email": "zq.first@example.com"}, admin_user, zulema.version)
    assert found_of(ZULEMA) == set()


@pytest.mark.parametrize(
    ("kind", "state"),
    [(WriteKind.UPDATE, WriteState.SENT), (WriteKind.CREATE, WriteState.UNKNOWN)],
)
def test_a_write_in_the_air_is_waited_for(
    zulema: Customer, web: Connection, admin_user: User, kind: str, state: str
) -> None:
    link = None if kind == WriteKind.CREATE else zulema.links.first()
    Write.objects.create(kind=kind, state=state, customer=zulema, connection=web, link=link)
    with pytest.raises(erasing.RefusedError):
        erasing.erase(zulema.pk, admin_user)
    assert CustomerLink.objects.filter(customer=zulema).count() == 2


def test_a_record_that_was_being_read_again_is_let_be(
    zulema: Customer, web: Connection, admin_user: User
) -> None:
    rereading.ask(zulema.links.get(connection=web).pk)
    erasing.erase(zulema.pk, admin_user)
    assert pull(web.pk).state == "complete"
    assert found_of(ZULEMA) == set()


def test_a_record_erased_while_the_vendor_was_asked_for_it_is_not_quarantined(
    zulema: Customer, web: Connection, admin_user: User
) -> None:
    link = zulema.links.get(connection=web)
    erasing.erase(zulema.pk, admin_user)
    lease = claim(web.pk)
    assert lease is not None
    assert not quarantine(link.pk, None, lease)
    assert not Conflict.objects.filter(kind="deleted").exists()


# Merged, or merged and given back

HERS = ["Zulema", "zulema", "zq@example.com", "zq@", "11987651234", "987651234", "quiet"]


@pytest.fixture
def two(
    web: Connection, shop: Connection, vendors: SandboxServer, admin_user: User
) -> tuple[int, int]:
    """Eva, and Zulema, who was merged into her by mistake, so that Eva had her e-mail."""
    vendors.vendor("yampi").add(first_name="Eva", last_name="Luna", email="eva@example.com")
    vendors.vendor("tiendanegocio").add(
        name="Zulema Q", email="zq@example.com", phone="+5511987651234", note="quiet"
    )
    pull(web.pk)
    pull(shop.pk)
    eva = CustomerLink.objects.get(connection=web).customer_id
    zulema = CustomerLink.objects.get(connection=shop).customer_id
    merge(eva, [zulema], admin_user.pk, choices={"email": zulema, "name": zulema}, reason="Zulema")
    assert Customer.objects.get(pk=eva).email == "zq@example.com"
    return eva, zulema


def test_erased_with_all_that_was_merged_nothing_of_either_is_left(
    two: tuple[int, int], admin_user: User
) -> None:
    eva, zulema = two
    assert erasing.erase(zulema, admin_user).customer == eva
    assert found_of([*HERS, "Eva Luna", "eva luna", "eva@example.com"]) == set()
    with pytest.raises(CannotMergeError):
        merge(Customer.objects.create(name="Bea").pk, [eva], admin_user.pk)
    with pytest.raises(CannotMergeError):
        unmerge(zulema, admin_user.pk)


def test_given_back_and_erased_nothing_of_hers_is_left_with_the_other(
    two: tuple[int, int], admin_user: User
) -> None:
    eva, zulema = two
    unmerge(zulema, admin_user.pk)
    erasing.erase(zulema, admin_user)
    assert found_of(HERS) == set()
    row = Customer.objects.get(pk=eva)
    assert (row.name, row.email, row.erased_at) == ("Eva Luna", "eva@example.com", None)
    assert row.links.count() == 1
    assert set(row.keys.values_list("key__value", flat=True)) == {"eva@example.com"}


# At the vendors


def state_of(connection: Connection) -> tuple[str, str, str]:
    line = Erasure.objects.get().lines.get(connection=connection)
    return line.state, line.note, line.proof


def test_the_preview_says_what_will_happen_at_each_vendor(
    zulema: Customer, web: Connection, shop: Connection
) -> None:
    def said(ask: bool) -> dict[str, tuple[str, str]]:
        found = erasing.preview(zulema.pk, ask=ask)
        return {one.link.connection.name: (one.state, one.note) for one in found.records}

    assert said(True) == {
        "Web": (ErasureState.BY_HAND, erasing.CANNOT), "Shop": (ErasureState.ASKED, erasing.ASKED),
    }  # fmt: skip
    assert said(False)["Shop"] == (ErasureState.BY_HAND, erasing.NOT_WISHED)
    Connection.objects.filter(pk=shop.pk).update(writes=False)
    assert said(True)["Shop"] == (ErasureState.BY_HAND, erasing.WRITES_OFF)
    assert not Erasure.objects.exists()


def test_a_vendor_that_can_delete_is_asked_and_looked_at_afterwards(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user, ask=True)
    assert scheduling.due_writes() == [shop.pk]
    assert push(shop.pk).confirmed == 1
    assert SHOP_ID not in vendors.vendor("tiendanegocio").rows
    assert state_of(shop) == (ErasureState.CONFIRMED, "", pursuing.NOT_FOUND)
    assert zulema.events.filter(kind="removed", connection=shop).count() == 1
    assert scheduling.due_writes() == pursuing.due() == []
    assert later(shop).sent == 0


@pytest.mark.django_db(transaction=True)
def test_a_deletion_is_journalled_before_its_first_byte_leaves(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake, seen = vendors.vendor("tiendanegocio"), list[Any]()
    carry_out = fake.carry_out

    def look(call: Any) -> Any:
        if not call.reads:
            rows = Write.objects.filter(connection=shop)
            seen.extend(rows.values_list("kind", "state", "method", "path", "generation"))
        return carry_out(call)

    fake.carry_out = look  # type: ignore[method-assign]
    erasing.erase(zulema.pk, admin_user, ask=True)
    push(shop.pk)
    shop.refresh_from_db()
    assert [one[:3] for one in seen] == [("delete", "sent", "DELETE")]
    assert seen[0][3].endswith(SHOP_ID)
    assert seen[0][4] == shop.lease_generation


def test_once_it_is_confirmed_nothing_tells_whom_the_vendor_deleted(
    zulema: Customer, web: Connection, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user, ask=True)
    plan = plans.keep(shop, plans.lines(shop, connect_to(shop)), None)
    assert plan.lines == []
    vendors.vendor("tiendanegocio").misbehave("500", method="DELETE")
    later(shop)
    words = Write.objects.get(connection=shop).message
    assert SHOP_ID in words
    Connection.objects.filter(pk=shop.pk).update(health_note=words)
    Run.objects.filter(connection=shop).update(error=words)
    later(shop)
    assert state_of(shop)[0] == ErasureState.CONFIRMED
    assert found_of([SHOP_ID]) == set()
    assert Write.objects.get(connection=shop).state == WriteState.CONFIRMED


def test_a_vendor_is_not_asked_unless_a_person_wishes_it(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user)
    assert scheduling.due_writes() == pursuing.due() == []
    pull(shop.pk, full=True)
    assert not vendors.vendor("tiendanegocio").writes


def test_a_lost_answer_is_looked_into_before_the_vendor_is_asked_again(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("tiendanegocio")
    erasing.erase(zulema.pk, admin_user, ask=True)
    fake.misbehave("drop_after", method="DELETE")
    assert push(shop.pk).unknown == 1
    assert state_of(shop)[:2] == (ErasureState.ASKED, pursuing.NO_ANSWER)
    assert scheduling.due_writes() == []  # it waits a while
    assert later(shop).confirmed == 1
    assert [call[0] for call in fake.writes] == ["DELETE"]


def test_a_request_that_never_came_is_sent_again(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("tiendanegocio")
    erasing.erase(zulema.pk, admin_user, ask=True)
    fake.misbehave("drop", method="DELETE")
    push(shop.pk)
    later(shop)
    assert state_of(shop)[0] == ErasureState.CONFIRMED


def test_a_worker_killed_after_the_deletion_left_asks_before_it_sends_again(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    """As the journal stands after a kill: sent under a lease that nobody holds."""
    fake = vendors.vendor("tiendanegocio")
    erasing.erase(zulema.pk, admin_user, ask=True)
    Write.objects.filter(connection=shop).update(
        state=WriteState.SENT, sent_at=timezone.now(), generation=0, attempts=1
    )
    del fake.rows[SHOP_ID]
    assert push(shop.pk).sent == 0
    later(shop)
    assert state_of(shop)[0] == ErasureState.CONFIRMED
    assert fake.writes == []


def test_a_deletion_that_never_happens_ends_with_a_person(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("tiendanegocio")
    erasing.erase(zulema.pk, admin_user, ask=True)
    fake.misbehave("500", times=100, method="DELETE")
    for _ in range(2 * MOST_ATTEMPTS):
        later(shop)
    assert [call.method for call in fake.calls].count("DELETE") == MOST_ATTEMPTS
    assert state_of(shop)[:2] == (ErasureState.BY_HAND, pursuing.STILL_SHOWN)
    make_due()
    pursuing.pursue(shop.pk)
    assert state_of(shop)[:2] == (ErasureState.BY_HAND, pursuing.STILL_THERE)


def test_a_refusal_hands_it_to_a_person_who_may_have_it_sent_again(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fake = vendors.vendor("tiendanegocio")
    erasing.erase(zulema.pk, admin_user, ask=True)
    with monkeypatch.context() as patch:
        carry_out = fake.carry_out
        no = Reply(422, {"message": f"{SHOP_ID} has open orders"})
        patch.setattr(fake, "carry_out", lambda call: carry_out(call) if call.reads else no)
        assert push(shop.pk).refused == 1
    state, note, _ = state_of(shop)
    assert state == ErasureState.BY_HAND
    assert note.startswith("the vendor refused to delete it: ")
    intervening.retry(Write.objects.get(connection=shop).pk)
    assert state_of(shop)[:2] == (ErasureState.ASKED, erasing.ASKED)
    assert push(shop.pk).confirmed == 1


def test_writing_that_is_switched_off_hands_it_to_a_person(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user, ask=True)
    switching.switch(shop.pk, admin_user.pk, writes=False)
    assert state_of(shop)[:2] == (ErasureState.BY_HAND, erasing.WRITES_OFF)
    switching.switch(shop.pk, admin_user.pk, writes=True)
    assert later(shop).sent == 0
    assert not vendors.vendor("tiendanegocio").writes


def test_what_a_person_lets_go_is_done_by_hand(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user, ask=True)
    intervening.drop(Write.objects.get(connection=shop).pk, admin_user.pk)
    assert state_of(shop)[:2] == (ErasureState.BY_HAND, erasing.NOT_WISHED)
    assert later(shop).sent == 0


def test_what_a_person_confirmed_is_not_sent_any_more(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasure = erasing.erase(zulema.pk, admin_user, ask=True)
    pursuing.confirm(erasure.lines.get(connection=shop).pk, admin_user, "their letter")
    assert later(shop).sent == 0
    assert found_of([SHOP_ID]) == set()
    assert not vendors.vendor("tiendanegocio").writes


def test_in_another_shop_nobody_is_deleted_nor_thought_gone(
    zulema: Customer, web: Connection, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    """The same id there is somebody else's."""
    fake = vendors.vendor("tiendanegocio")
    case = erasing.erase(zulema.pk, admin_user, ask=True)
    shop.refresh_from_db()
    shop.credentials = {**shop.credentials, "access_token": "another"}
    shop.save()
    fake.credentials = {**fake.credentials, "access_token": "another"}
    for one in fake.rows.values():
        one.update(name="Somebody Else", email="else@example.com")
    pursuing.look_again(case.lines.get(connection=shop).pk)
    pursuing.pursue(shop.pk)
    shop.refresh_from_db()
    assert shop.health == "other_shop"
    Connection.objects.filter(pk=shop.pk).update(health="ok")
    assert later(shop).state == "failed"
    assert state_of(shop)[0] == ErasureState.ASKED
    assert not fake.writes


def test_a_pull_under_way_asks_for_what_is_due(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user, ask=True)
    assert pull(shop.pk, full=True).state == "complete"
    assert SHOP_ID not in vendors.vendor("tiendanegocio").rows
    assert state_of(shop)[0] == ErasureState.CONFIRMED


def test_refused_credentials_stop_the_connection_and_the_line_waits(
    zulema: Customer, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasing.erase(zulema.pk, admin_user, ask=True)
    vendors.vendor("tiendanegocio").rotate_credentials()
    assert push(shop.pk).state == "failed"
    shop.refresh_from_db()
    assert shop.health == "stopped"
    assert state_of(shop)[0] == ErasureState.ASKED
    assert scheduling.due_writes() == []


def test_refused_credentials_stop_a_look_too_and_it_stays_due(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    line = erasing.erase(zulema.pk, admin_user).lines.get(connection=web)
    vendors.vendor("yampi").rotate_credentials()
    pursuing.look_again(line.pk)
    assert pursuing.pursue(web.pk) == 0
    web.refresh_from_db()
    assert web.health == "stopped"
    line.refresh_from_db()
    assert (line.state, line.due_at is None) == (ErasureState.BY_HAND, False)
    assert pursuing.due() == []


def test_a_look_without_an_answer_is_made_again_ever_later(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    line = erasing.erase(zulema.pk, admin_user).lines.get(connection=web)
    pursuing.look_again(line.pk)
    vendors.vendor("yampi").misbehave("500", times=9, method="GET")
    assert pursuing.pursue(web.pk) == 0
    assert state_of(web)[1] == pursuing.NO_ANSWER
    line.refresh_from_db()
    assert line.due_at is not None
    assert line.due_at > timezone.now() + 2 * pursuing.FIRST_WAIT


def test_a_pull_under_way_makes_the_looks_that_are_due(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("customers.pulling.LOOK_SECONDS", 0.0)
    line = erasing.erase(zulema.pk, admin_user).lines.get(connection=web)
    del vendors.vendor("yampi").rows[WEB_ID]
    pursuing.look_again(line.pk)
    assert pull(web.pk, full=True).state == "complete"
    assert state_of(web)[0] == ErasureState.CONFIRMED


def test_what_is_done_by_hand_is_looked_at_or_proved_by_a_person(
    zulema: Customer, web: Connection, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    erasure = erasing.erase(zulema.pk, admin_user, ask=True)
    push(shop.pk)
    line = erasure.lines.get(connection=web)
    assert pursuing.look_again(line.pk) == web.pk
    assert pursuing.pursue(web.pk) == 0
    assert state_of(web)[:2] == (ErasureState.BY_HAND, pursuing.STILL_THERE)
    assert pursuing.confirm(line.pk, admin_user, "the shop's letter of 3 May")
    assert not pursuing.confirm(line.pk, admin_user, "again")
    assert state_of(web) == (ErasureState.CONFIRMED, "", "the shop's letter of 3 May")
    erasure.refresh_from_db()
    assert erasure.closed_at is not None


def test_a_record_anonymized_by_hand_is_seen_to_be(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    line = erasing.erase(zulema.pk, admin_user).lines.get(connection=web)
    vendors.vendor("yampi").edit(WEB_ID, anonymized=True)
    pursuing.look_again(line.pk)
    assert pursuing.pursue(web.pk) == 1
    assert state_of(web) == (ErasureState.CONFIRMED, "", pursuing.ANONYMIZED)


def test_a_record_that_the_vendor_had_no_more_is_looked_at_by_itself(
    zulema: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    vendors.vendor("yampi").edit(WEB_ID, anonymized=True)
    pull(web.pk, full=True)
    assert Conflict.objects.get(kind="deleted").link is not None
    erasing.erase(zulema.pk, admin_user)
    assert pursuing.due() == [web.pk]
    assert pursuing.pursue(web.pk) == 1


def test_a_case_that_was_cut_off_before_its_end_is_closed_later(
    zulema: Customer, admin_user: User
) -> None:
    erasure = erasing.erase(zulema.pk, admin_user)
    assert erasing.unclosed() == []
    for line in erasure.lines.all():
        pursuing.confirm(line.pk, admin_user, "seen")
    Erasure.objects.update(closed_at=None)
    assert erasing.unclosed() == [erasure.pk]
    erasing.close_if_done(erasure.pk)
    assert erasing.unclosed() == []


def make_due() -> None:
    apps.get_model("customers", "ErasureLine").objects.update(due_at=timezone.now())


# Everything about one


def test_everything_about_a_person_is_one_object(zulema: Customer) -> None:
    found = dossier(Customer.objects.get(merged_into=zulema).pk)
    assert found["customers"][0]["id"] == zulema.pk
    assert found["customers"][0]["provenance"]["email"]["person"] == "admin"
    raw = {link["external_id"]: link["raw"] for link in found["links"]}
    assert raw[WEB_ID]["first_name"] == "Zulema"
    assert {"created", "linked", "edited"} <= {line["kind"] for line in found["timeline"]}
    assert {"email": "zq.typed@example.com"} in [one["body"] for one in found["writes"]]
    assert {one["kind"] for one in found["questions"]} == {"field", "duplicate"}
    assert found["merges"][0]["survivor"] == zulema.pk
    assert {"kind": "document", "value": "BR:cpf:52998224725"} in found["match_keys"]
    assert found["set_aside"][0]["external_id"] == WEB_ID
    assert "ana@example.com" not in str(found)

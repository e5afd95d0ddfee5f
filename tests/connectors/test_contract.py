"""What every vendor's connector does, whichever it is: one suite, run for each vendor found,
against the vendor's own fake over real sockets."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Connector
from connectors.declare import NEVER_STORE, Page, Scan
from connectors.errors import (
    ConfigurationError,
    NotFoundError,
    NotSupportedError,
    OutcomeUnknownError,
    RejectedError,
    TemporaryError,
    UnexpectedResponseError,
    UnreadableRecordError,
)
from connectors.fields import digits
from connectors.http import Request, Response
from connectors.records import FIELDS, Address, CustomerRecord, Document, Name
from connectors.registry import vendor, vendors
from connectors.sandbox import SandboxServer, VendorSandbox, serve
from tests.connectors.support import SAMPLES

WRITES = ("create", "update", "delete")
CALLS = {"list", "get", "changed", "new", *WRITES}

slugs = pytest.mark.parametrize("slug", vendors())


def variants() -> list[Any]:
    """Each vendor as it is, and with every other choice of its options."""
    found = []
    for slug, kind in vendors().items():
        found.append(pytest.param(slug, {}, id=slug))
        for option in kind.options:
            for choice in option.choices:
                if choice != option.default:
                    name = f"{slug}-{option.key}-{choice}"
                    found.append(pytest.param(slug, {option.key: choice}, id=name))
    return found


@dataclass
class Desk:
    """A vendor's fake, and connectors to it."""

    slug: str
    server: SandboxServer
    chosen: dict[str, Any]

    @property
    def fake(self) -> VendorSandbox:
        return self.server.vendor(self.slug)

    def connect(
        self,
        *,
        secrets: dict[str, str] | None = None,
        page_size: int | None = 10,
        deadline: float = 15.0,
        **options: Any,
    ) -> Connector:
        """With every switch on: what is only likely is tried too."""
        kind = vendor(self.slug)
        switches = {o.key: True for o in kind.options if isinstance(o.default, bool)}
        return kind(
            self.fake.credentials | (secrets or {}),
            {**switches, **self.fake.options, **self.chosen, **options},
            page_size=page_size,
            requests_per_minute=1_000_000,
            extra_hosts=[self.server.address],
            deadline=deadline,
        )


@pytest.fixture
def chosen() -> dict[str, Any]:
    """The options of a variant; none otherwise."""
    return {}


@pytest.fixture
def desk(slug: str, chosen: dict[str, Any]) -> Iterator[Desk]:
    with serve(seed=1) as server:
        yield Desk(slug, server, chosen)


def ids_of(connector: Connector, pages: list[Page]) -> list[str]:
    return [connector.row_id(row) for page in pages for row in page.rows]


def test_this_suite_names_no_vendor() -> None:
    text = Path(__file__).read_text(encoding="utf-8").lower()
    assert not [slug for slug in vendors() if slug in text]


# Declarations


@slugs
def test_what_a_connector_says_of_itself_is_sane(slug: str) -> None:
    kind = vendor(slug)
    assert kind.label
    assert len(kind.region) == 2
    assert kind.region.isupper()
    base = urlsplit(kind.base_url)
    assert base.scheme == "https"
    assert base.hostname in kind.hosts
    assert all("/" not in host and ":" not in host for host in kind.hosts)
    assert 1 <= kind.page_size <= kind.max_page_size
    assert kind.requests_per_minute is None or kind.requests_per_minute > 0
    assert kind.readable <= set(FIELDS)
    assert kind.never_store >= NEVER_STORE
    assert all(key == key.lower() for key in kind.never_store | kind.volatile)
    assert (SAMPLES / slug / "README.md").read_text(encoding="utf-8").strip()


@slugs
def test_every_option_has_a_label_and_every_secret_is_one(slug: str) -> None:
    kind = vendor(slug)
    assert all(option.secret and option.required for option in kind.secrets)
    assert not any(option.secret for option in kind.options)
    declared = [*kind.secrets, *kind.all_options()]
    assert all(option.label and option.key.isidentifier() for option in declared)
    assert len({option.key for option in declared}) == len(declared)
    assert all(o.default in o.choices for o in kind.options if o.choices)


@slugs
def test_what_is_only_likely_has_a_switch_that_is_off(slug: str) -> None:
    kind = vendor(slug)
    switches = {option.key: option.default for option in kind.options}
    assert {"list", "get"} <= set(kind.capabilities) <= CALLS
    for name, capability in kind.capabilities.items():
        if capability.level == "likely":
            assert switches[capability.option] is False
        assert capability.fields <= set(FIELDS)
        assert capability.required <= capability.fields
        assert bool(capability.fields) == (name in ("create", "update"))


# Listing


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 100, 203])
@pytest.mark.parametrize(("slug", "chosen"), variants())
def test_a_list_is_whole_and_without_repeats(desk: Desk, count: int, in_flight: int) -> None:
    desk.fake.fill(count)
    connector = desk.connect()
    pages = list(connector.pages(Scan(), in_flight=in_flight))
    ids = ids_of(connector, pages)
    assert sorted(ids) == sorted(desk.fake.rows)
    assert [page.number for page in pages] == list(range(len(pages)))
    assert all(page.next is not None for page in pages[:-1])
    assert pages[-1].next is None
    assert pages[0].total in (count, None)
    assert connector.total() == count


@pytest.mark.parametrize(("slug", "chosen"), variants())
def test_a_scan_goes_on_where_it_stood(desk: Desk) -> None:
    desk.fake.fill(230)
    connector = desk.connect()
    pages = list(connector.pages(Scan()))
    assert len(pages) > 1
    for page in pages[1:]:
        if connector.resumable(page.position):
            position = msgspec.json.decode(msgspec.json.encode(page.position))
            again = list(connector.pages(Scan(), position, number=page.number))
            assert ids_of(connector, again) == ids_of(connector, pages[page.number :])
            assert again[0].number == page.number


@slugs
def test_a_scan_that_cannot_go_on_has_another_way(desk: Desk) -> None:
    desk.fake.fill(30)
    connector = desk.connect()
    position = connector.fallback_position(Scan())
    if not connector.resumable(connector.first_position(Scan())):
        assert position is not None
    pages = list(connector.pages(Scan(), position))
    assert sorted(ids_of(connector, pages)) == sorted(desk.fake.rows)


@slugs
def test_a_page_is_never_larger_than_the_vendor_gives(desk: Desk) -> None:
    desk.fake.fill(desk.fake.max_page_size + 1 if desk.fake.max_page_size <= 200 else 1)
    connector = desk.connect(page_size=1_000_000)
    assert connector.rows_per_page <= desk.fake.max_page_size
    pages = list(connector.pages(Scan()))
    assert sorted(ids_of(connector, pages)) == sorted(desk.fake.rows)


@slugs
def test_the_vendors_clock_and_ours_come_with_a_page(desk: Desk) -> None:
    before = datetime.now(UTC)
    page = next(iter(desk.connect().pages(Scan())))
    assert before <= page.sent_at <= datetime.now(UTC)
    assert page.clock is not None
    assert abs(page.clock - page.sent_at) < timedelta(seconds=5)


@slugs
def test_what_changed_is_found(desk: Desk) -> None:
    desk.fake.fill(25)
    connector = desk.connect(page_size=5)
    since = datetime.now(UTC) - timedelta(minutes=5)
    changed = set(list(desk.fake.rows)[3::10])
    for key in changed:
        desk.fake.edit(key)
    if connector.can("changed"):
        found = ids_of(connector, list(connector.pages(Scan("changed", since))))
        assert changed <= set(found)
        assert len(found) < 25
    else:
        assert "changed" not in connector.capabilities


@slugs
def test_what_is_new_is_found(desk: Desk) -> None:
    desk.fake.fill(25)
    connector = desk.connect()
    added = desk.fake.add()
    if connector.can("new"):
        scan = Scan("new", datetime.now(UTC) - timedelta(minutes=5))
        found = ids_of(connector, list(connector.pages(scan)))
        assert added in found
        assert len(found) < 26
    else:
        assert "new" not in connector.capabilities


@slugs
def test_rows_that_shift_between_pages_are_noticed(desk: Desk) -> None:
    """A scan may miss one then, but it cannot pass for whole."""
    desk.fake.fill(230)
    desk.fake.misbehave("shift")
    connector = desk.connect()
    ids = set(ids_of(connector, list(connector.pages(Scan()))))
    assert len(ids) == connector.total() or ids < set(desk.fake.rows)


# Authentication


@slugs
def test_each_wrong_secret_is_a_configuration_error(desk: Desk) -> None:
    for option in vendor(desk.slug).secrets:
        wrong = desk.connect(secrets={option.key: "wrong-0123456789"})
        calls: list[Callable[[], object]] = [
            wrong.check,
            lambda: wrong.get("1"),  # noqa: B023
            lambda: list(wrong.pages(Scan())),  # noqa: B023
        ]
        for call in calls:
            with pytest.raises(ConfigurationError) as caught:
                call()
            assert "wrong-0123456789" not in str(caught.value)


@slugs
def test_an_expired_token_is_renewed_once(desk: Desk) -> None:
    desk.fake.fill(40)
    connector = desk.connect()
    connector.check()
    logins = [call for call in desk.fake.requests if call[0] == "POST"]
    desk.fake.expire_tokens()
    pages = list(connector.pages(Scan(), in_flight=4))
    assert sorted(ids_of(connector, pages)) == sorted(desk.fake.rows)
    renewed = [call for call in desk.fake.requests if call[0] == "POST"]
    assert len(logins) == (1 if desk.fake.issues_tokens else 0)
    assert len(renewed) == 2 * len(logins)


@slugs
def test_no_credential_shows_in_the_connectors_own_words(desk: Desk) -> None:
    desk.fake.misbehave("html", times=9)
    connector = desk.connect()
    with pytest.raises((UnexpectedResponseError, TemporaryError)) as caught:
        connector.get("1")
    for secret in desk.fake.credentials.values():
        assert secret not in str(caught.value)


# One record


@slugs
def test_a_record_read_alone_says_what_the_list_says(desk: Desk) -> None:
    desk.fake.fill(12)
    connector = desk.connect()
    for page in connector.pages(Scan()):
        for row in page.rows:
            key = connector.row_id(row)
            fetched = connector.get(key)
            listed, alone = connector.read_row(row)[0], connector.read_row(fetched.body)[0]
            assert connector.row_id(fetched.body) == listed.external_id == key
            assert {f: getattr(alone, f) for f in FIELDS} == {f: getattr(listed, f) for f in FIELDS}


@slugs
def test_a_missing_record_is_not_found(desk: Desk) -> None:
    desk.fake.fill(2)
    gone = next(iter(desk.fake.rows))
    desk.fake.remove(gone)
    with pytest.raises(NotFoundError):
        desk.connect().get(gone)


@slugs
def test_a_record_states_only_what_the_connector_declares(desk: Desk) -> None:
    desk.fake.fill(30)
    connector = desk.connect()
    for page in connector.pages(Scan()):
        for row in page.rows:
            record, kept = connector.read_row(row)
            stated = {field for field in FIELDS if getattr(record, field) is not None}
            assert stated <= connector.readable
            assert keys_in(kept).isdisjoint(connector.never_store)
            assert msgspec.json.decode(msgspec.json.encode(dict(record.owned))) == record.owned


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(map(str.lower, value)).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


@slugs
def test_what_must_never_be_stored_is_kept_at_no_depth(slug: str) -> None:
    connector = offline(slug)
    bad = dict.fromkeys(connector.never_store, "secret")
    row = {connector.id_key: "1", "deep": [{"er": bad, "kept": 1}], **bad}
    _, kept = connector.read_row(msgspec.json.encode(row))
    assert kept == {connector.id_key: "1", "deep": [{"er": {}, "kept": 1}]}


@slugs
def test_an_unreadable_row_stands_alone(desk: Desk) -> None:
    desk.fake.fill(9)
    desk.fake.misbehave("garbage_row")
    connector = desk.connect()
    rows = [row for page in connector.pages(Scan()) for row in page.rows]
    assert sorted(map(connector.row_id, rows)) == sorted(desk.fake.rows)
    assert len(readable(connector, rows)) == 8


@pytest.mark.parametrize("garbage", [None, [], "text", 5, {}], ids=repr)
@slugs
def test_a_row_without_an_id_stands_alone_too(desk: Desk, garbage: Any) -> None:
    desk.fake.fill(9)
    desk.fake.misbehave("garbage_row", row=garbage)
    connector = desk.connect()
    rows = [row for page in connector.pages(Scan()) for row in page.rows]
    assert len({record.external_id for record in readable(connector, rows)}) >= 8
    with pytest.raises(UnreadableRecordError):
        connector.row_id(msgspec.json.encode(garbage))


@slugs
def test_a_row_that_is_not_in_utf8_is_unreadable(slug: str) -> None:
    connector = offline(slug)
    with pytest.raises(UnreadableRecordError):
        connector.row_id(b'{"%s": "\xf1"}' % connector.id_key.encode())
    with pytest.raises(UnreadableRecordError):
        connector.read_row(b'{"%s": "1", "name": "\xf1"}' % connector.id_key.encode())


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500])
@slugs
def test_a_refusal_whose_words_cannot_be_read_is_a_refusal(slug: str, status: int) -> None:
    connector = offline(slug)
    body = b'{"message": "\xe9", "error": "\xe9", "status": "\xe9", "success": false}'
    for told in (status, 200):
        answer = Response(told, {}, body, datetime.now(UTC), None)
        assert connector.real_status(answer) == told
        assert told == 200 or connector.failure(Request("POST", "/"), answer, True)


def readable(connector: Connector, rows: list[bytes]) -> list[CustomerRecord]:
    found = []
    for row in rows:
        try:
            found.append(connector.read_row(row)[0])
        except UnreadableRecordError as error:
            assert str(error)  # noqa: PT017
    return found


# Misbehaviour


@slugs
def test_a_wait_that_is_asked_for_is_kept(desk: Desk) -> None:
    desk.fake.fill(1)
    connector = desk.connect()
    connector.check()
    desk.fake.misbehave("429", retry_after=1)
    started = time.monotonic()
    connector.check()
    assert time.monotonic() - started >= 0.9


@slugs
def test_a_long_wait_is_the_callers(desk: Desk) -> None:
    connector = desk.connect()
    connector.check()
    desk.fake.misbehave("429", retry_after=120)
    with pytest.raises(TemporaryError) as caught:
        connector.check()
    assert caught.value.retry_after == 120


@slugs
def test_one_record_is_mended_as_a_list_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With half a character in it, it is the same record listed and alone."""
    desk.fake.fill(9)
    connector = desk.connect()
    send = connector.http.send

    def torn(*args: Any, **kwargs: Any) -> Any:
        found = send(*args, **kwargs)
        return replace(found, body=found.body.replace(b"@example", b"\\ud83d@example"))

    plain = [connector.read_row(row)[0] for row in next(connector.pages(Scan())).rows]
    assert any("@example" in (one.email or "") for one in plain)
    monkeypatch.setattr(connector.http, "send", torn)
    listed = next(connector.pages(Scan())).rows
    for one, row in zip(plain, listed, strict=True):
        for body in (row, connector.get(one.external_id).body):
            assert connector.row_id(body) == one.external_id
            assert connector.read_row(body)[0].email == one.email


@slugs
def test_what_lies_too_deep_costs_neither_page_nor_record(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.fake.fill(9)
    connector = desk.connect()
    plain = [connector.read_row(row)[0] for row in next(connector.pages(Scan())).rows]
    send, mark = connector.http.send, f'"{connector.id_key}":'.encode()

    def deep(*args: Any, **kwargs: Any) -> Any:
        found = send(*args, **kwargs)
        added = b'"deep":' + b"[" * 5_000 + b"]" * 5_000 + b"," + mark
        return replace(found, body=found.body.replace(mark, added))

    monkeypatch.setattr(connector.http, "send", deep)
    rows = next(connector.pages(Scan())).rows
    found = [connector.read_row(row)[0] for row in rows]
    assert [{f: getattr(one, f) for f in FIELDS} for one in found] == [
        {f: getattr(one, f) for f in FIELDS} for one in plain
    ]


@pytest.mark.parametrize("kind", ["500", "drop", "truncate"])
@slugs
def test_a_read_that_goes_wrong_once_is_read_again(desk: Desk, kind: str) -> None:
    desk.fake.fill(1)
    connector = desk.connect()
    connector.check()
    desk.fake.misbehave(kind)
    (key,) = desk.fake.rows
    assert connector.row_id(connector.get(key).body) == key


@pytest.mark.parametrize("kind", ["500", "drop", "truncate"])
@slugs
def test_a_read_that_goes_on_going_wrong_is_temporary(desk: Desk, kind: str) -> None:
    connector = desk.connect()
    connector.check()
    desk.fake.misbehave(kind, times=20)
    with pytest.raises(TemporaryError):
        connector.check()


@slugs
def test_a_vendor_that_is_too_slow_is_temporary(desk: Desk) -> None:
    connector = desk.connect(deadline=0.5)
    connector.check()
    desk.fake.misbehave("slow", times=9, seconds=1.0)
    started = time.monotonic()
    with pytest.raises(TemporaryError):
        connector.check()
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("kind", ["html", "redirect"])
@slugs
def test_a_page_that_is_not_the_vendors_is_unexpected(desk: Desk, kind: str) -> None:
    desk.fake.fill(1)
    connector = desk.connect()
    connector.check()
    desk.fake.misbehave(kind, times=3)
    calls: list[Callable[[], object]] = [
        connector.check,
        lambda: list(connector.pages(Scan())),
        lambda: connector.get(next(iter(desk.fake.rows))),
    ]
    for call in calls:
        with pytest.raises(UnexpectedResponseError):
            call()


# Writing

NUMBERS = {
    "cpf": "52998224725",
    "cnpj": "11222333000181",
    "cedula": "1710034065",
    "ruc": "1790011674001",
    "rut": "12345678-5",
    "passport": "AB123456",
    "": "X-12345",
}


def documents_of(kind: type[Connector]) -> list[Document]:
    """Two that the vendor can hold, and none."""
    types = sorted(kind.document_types or {"dni", "cpf"})[:2]
    return [*(Document(one, NUMBERS.get(one, "30111222")) for one in types), Document()]


def people(slug: str) -> list[CustomerRecord]:
    """Three invented customers with every field stated."""
    documents = documents_of(vendor(slug))
    names = [Name("Ana", "Suárez Paz"), Name("José María", "Núñez"), Name("Leyla", "Əliyeva")]
    return [
        CustomerRecord(
            external_id="",
            kind="person",
            name=name,
            company_name="Ejemplo SA",
            state_registration="110042490114",
            email=f"persona{place}@example.com",
            phone=f"+59399123450{place}",
            document=documents[place],
            birth_date=f"199{place}-02-03",
            gender=("female", "male", "female")[place],
            address=Address(
                street="Av. Siempre Viva",
                number="742",
                complement="piso 2",
                neighbourhood="Centro",
                city="Quito",
                state="Pichincha",
                postal_code="170101",
                country="EC",
            ),
            notes="Prefiere la mañana",
            accepts_marketing=True,
            accepts_whatsapp=False,
        )
        for place, name in enumerate(names)
    ]


def agree(sent: CustomerRecord, read: CustomerRecord, fields: frozenset[str]) -> None:
    """The same in substance: a vendor may join a name, drop a country code, or keep an
    address in fewer parts."""
    for field in fields:
        one, other = getattr(sent, field), getattr(read, field)
        if one is not None:
            assert other is not None, field
            assert comparable(field, other, one) == comparable(field, one, other), field


def taken(sent: CustomerRecord, read: CustomerRecord, fields: frozenset[str]) -> None:
    """The same as far as the vendor's answer goes: it may never return a field, and may have
    a country of its own for an address."""
    told = frozenset(field for field in fields if getattr(read, field) is not None)
    assert {"name", "email", "phone"} <= told
    if sent.address is not None and read.address is not None:
        moved = msgspec.structs.replace(sent.address, country=read.address.country)
        sent = msgspec.structs.replace(sent, address=moved)
    agree(sent, read, told)


def comparable(field: str, value: Any, beside: Any) -> Any:
    if field == "name":
        return value.joined
    if field == "phone":
        length = min(len(digits(value)), len(digits(beside)))
        return digits(value)[-length:] if length >= 8 else digits(value)
    if field == "document":
        return (value.type, value.number)
    if field == "address":
        line = f"{value.street} {value.number} {value.complement} {value.neighbourhood}"
        country = value.country if beside.country else ""
        return (
            sorted(line.replace(",", " ").split()),
            value.city,
            value.state,
            value.postal_code,
            country,
        )
    return value


def both_ways(connector: Connector, name: str) -> frozenset[str]:
    return connector.writable(name) & connector.readable


@pytest.mark.parametrize(("slug", "chosen"), variants())
def test_what_is_created_reads_back(desk: Desk) -> None:
    connector = desk.connect()
    for person in people(desk.slug):
        if not connector.can("create"):
            assert "create" not in connector.capabilities
            return
        written = connector.create(person, str(uuid4()))
        assert written.external_id in desk.fake.rows
        record, _ = connector.read_row(connector.get(written.external_id).body)
        taken(person, record, both_ways(connector, "create"))
        if written.body is not None:
            assert connector.row_id(written.body) == written.external_id


@pytest.mark.parametrize(("slug", "chosen"), variants())
def test_what_is_updated_reads_back(desk: Desk) -> None:
    desk.fake.fill(3)
    connector = desk.connect()
    if not connector.can("update"):
        assert "update" not in connector.capabilities
        return
    documented = connector.capabilities["update"].level == "documented"
    for key, person in zip(list(desk.fake.rows), people(desk.slug), strict=True):
        fetched = connector.get(key)
        before, _ = connector.read_row(fetched.body)
        written = connector.update(key, person, fetched.body, str(uuid4()))
        assert written.external_id == key
        after, _ = connector.read_row(connector.get(key).body)
        if documented or after != before:  # a likely one may be answered and not carried out
            taken(person, after, both_ways(connector, "update"))
    assert len(desk.fake.rows) == 3


@slugs
def test_an_update_of_one_field_leaves_the_others(desk: Desk) -> None:
    desk.fake.fill(1)
    connector = desk.connect()
    (key,) = desk.fake.rows
    before, _ = connector.read_row(connector.get(key).body)
    change = CustomerRecord(external_id=key, email="nueva@example.com", company_name="Ejemplo SA")
    if connector.can("update"):
        connector.update(key, change, connector.get(key).body, str(uuid4()))
        after, _ = connector.read_row(connector.get(key).body)
        agree(before, after, connector.readable - {"email", "company_name"})
        assert after.email in ("nueva@example.com", before.email)


@slugs
def test_what_is_deleted_is_gone(desk: Desk) -> None:
    desk.fake.fill(2)
    connector = desk.connect()
    key = next(iter(desk.fake.rows))
    if connector.can("delete"):
        connector.delete(key)
        assert key not in desk.fake.rows
        for call in (connector.get, connector.delete):
            with pytest.raises(NotFoundError):
                call(key)
    else:
        with pytest.raises(NotSupportedError):
            connector.delete(key)
    assert len(desk.fake.rows) == (1 if connector.can("delete") else 2)


def writes(desk: Desk) -> list[Callable[[], object]]:
    """Every write that the vendor has, ready to be sent: the token is there already."""
    key = next(iter(desk.fake.rows))
    person = people(desk.slug)[0]

    def ready() -> tuple[Connector, bytes]:
        connector = desk.connect()
        return connector, connector.get(key).body

    one, two, three = ready(), ready(), ready()
    calls: dict[str, Callable[[], object]] = {
        "create": lambda: one[0].create(person, str(uuid4())),
        "update": lambda: two[0].update(key, person, two[1], str(uuid4())),
        "delete": lambda: three[0].delete(key),
    }
    return [call for name, call in calls.items() if one[0].can(name)]


def sent(desk: Desk) -> int:
    return sum(method != "GET" for method, _ in desk.fake.requests)


@pytest.mark.parametrize("kind", ["drop", "drop_after", "500", "500_after"])
@slugs
def test_a_write_without_an_answer_is_unknown_and_sent_once(desk: Desk, kind: str) -> None:
    desk.fake.fill(1)
    for write in writes(desk):
        before = sent(desk)
        desk.fake.misbehave(kind)
        with pytest.raises(OutcomeUnknownError):
            write()
        assert sent(desk) == before + 1


@slugs
def test_a_create_whose_answer_breaks_off_is_unknown_and_sent_once(desk: Desk) -> None:
    desk.fake.fill(1)
    connector = desk.connect()
    connector.check()
    before = sent(desk)
    desk.fake.misbehave("truncate")
    with pytest.raises((OutcomeUnknownError, NotSupportedError)):
        connector.create(people(desk.slug)[0], str(uuid4()))
    assert sent(desk) == before + connector.can("create")


@slugs
def test_a_write_that_came_too_often_was_not_carried_out(desk: Desk) -> None:
    desk.fake.fill(1)
    for write in writes(desk):
        before = dict(desk.fake.rows)
        desk.fake.misbehave("429", retry_after=60)
        with pytest.raises(TemporaryError) as caught:
            write()
        assert caught.value.retry_after == 60
        assert desk.fake.rows == before


@slugs
def test_a_record_without_what_the_vendor_requires_is_not_sent(desk: Desk) -> None:
    connector = desk.connect()
    connector.check()
    required = connector.capabilities["create"].required if connector.can("create") else ()
    for field in required:
        person = msgspec.structs.replace(people(desk.slug)[0], **{field: None})
        with pytest.raises(RejectedError) as caught:
            connector.create(person, str(uuid4()))
        assert field in caught.value.fields
    assert desk.fake.writes == []


@slugs
def test_a_second_of_what_is_unique_is_refused_in_the_vendors_words(desk: Desk) -> None:
    connector = desk.connect()
    if not connector.can("create"):
        assert "create" not in connector.capabilities
        return
    person = people(desk.slug)[0]
    connector.create(person, str(uuid4()))
    if desk.fake.unique:
        with pytest.raises(RejectedError):
            connector.create(person, str(uuid4()))
        assert len(desk.fake.rows) == 1


@slugs
def test_writes_that_are_only_likely_are_off_by_themselves(desk: Desk) -> None:
    off: dict[str, Any] = {
        c.option: False for c in vendor(desk.slug).capabilities.values() if c.option
    }
    connector = desk.connect(**off)
    for name in WRITES:
        capability = connector.capabilities.get(name)
        assert connector.can(name) == (capability is not None and capability.level == "documented")
        if not connector.can(name):
            with pytest.raises(NotSupportedError):
                connector.demand(name)


# Translation, by property

words = st.text(st.characters(categories=["L"], max_codepoint=0x24F), min_size=1, max_size=12)
phrases = st.lists(words, max_size=3).map(" ".join)
names = st.builds(Name, phrases, phrases) | st.builds(Name, full=phrases)
emails = st.builds("{}@example.com".format, st.from_regex(r"[a-z]{1,10}", fullmatch=True))
phones = st.from_regex(r"\+[1-9][0-9]{9,13}", fullmatch=True)
days = st.dates(datetime(1900, 1, 1).date(), datetime(2025, 1, 1).date()).map(str)  # noqa: DTZ001
addresses = st.builds(
    Address,
    street=phrases,
    number=st.from_regex(r"[0-9]{0,4}", fullmatch=True),
    complement=phrases,
    neighbourhood=phrases,
    city=phrases,
    state=phrases,
    postal_code=st.from_regex(r"[0-9]{0,8}", fullmatch=True),
    country=st.sampled_from(["EC", "AR", "US", "AZ", "BR", "MX"]),
)


def records(kind: type[Connector]) -> st.SearchStrategy[CustomerRecord]:
    """Any subset of the fields, each stated or stated to be empty."""
    types = st.sampled_from(sorted(kind.document_types or {"dni", "cuit", "cpf"}))
    numbers = st.from_regex(r"[0-9A-Z]{6,14}", fullmatch=True)
    documents = st.builds(Document, types, numbers) | st.just(Document())
    flags = st.booleans()
    fields: dict[str, st.SearchStrategy[Any]] = {
        "kind": st.sampled_from(["person", "company"]),
        "name": names,
        "company_name": phrases,
        "state_registration": phrases,
        "email": emails | st.just(""),
        "phone": phones | st.just(""),
        "document": documents,
        "birth_date": days | st.just(""),
        "gender": st.sampled_from(["male", "female", ""]),
        "address": addresses,
        "notes": phrases,
        "accepts_marketing": flags,
        "accepts_whatsapp": flags,
    }
    assert set(fields) == set(FIELDS)
    stated = st.fixed_dictionaries({}, optional=fields)
    return stated.map(lambda chosen: CustomerRecord(external_id="1", **chosen))


def offline(slug: str) -> Connector:
    kind = vendor(slug)
    secrets = {option.key: f"{option.key}-0123456789" for option in kind.secrets}
    options: dict[str, Any] = {o.key: "demo" for o in kind.options if o.required}
    options |= {o.key: True for o in kind.options if isinstance(o.default, bool)}
    return kind(secrets, options)


@slugs
@given(data=st.data())
def test_what_is_written_means_what_was_meant(slug: str, data: st.DataObject) -> None:
    connector = offline(slug)
    record = data.draw(records(vendor(slug)))
    identity = {connector.id_key: "1"}
    for name, current in (("create", None), ("update", identity)):
        if connector.can(name):
            body = connector.from_record(record, current)
            assert keys_in(body).isdisjoint(connector.never_store)
            read = connector.to_record(identity | msgspec.json.decode(msgspec.json.encode(body)))
            agree(record, read, both_ways(connector, name))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@slugs
@given(data=st.data())
def test_any_json_is_a_record_or_an_unreadable_one(slug: str, data: st.DataObject) -> None:
    """Whatever stands in a vendor's fields, nothing else than set-aside comes of it."""
    connector = offline(slug)
    samples = itertools.chain(*(rows_in(sample) for sample in samples_of(slug)))
    row = dict(data.draw(st.sampled_from(list(samples))))
    for key in data.draw(st.lists(st.sampled_from(sorted(row)), max_size=3)):
        row[key] = data.draw(JSON)
    readable(connector, [msgspec.json.encode(row)])


def samples_of(slug: str) -> list[Any]:
    return [
        msgspec.json.decode(path.read_bytes())
        for path in sorted((SAMPLES / slug / "samples").glob("*.json"))
    ]


def rows_in(value: Any) -> list[dict[str, Any]]:
    """The customers in a sample: objects with most of a customer's keys."""
    if isinstance(value, list):
        return list(itertools.chain(*map(rows_in, value)))
    if not isinstance(value, dict):
        return []
    return [value] if len(value) > 9 else list(itertools.chain(*map(rows_in, value.values())))

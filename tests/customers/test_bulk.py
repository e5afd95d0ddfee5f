"""The bulk writer: what it writes, the ORM reads back equal, on either database."""

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from customers import bulk
from customers.models import Connection, Customer, CustomerLink, KeyHolder, MatchKey
from customers.values import to_json

pytestmark = pytest.mark.django_db

TEXTS = [
    "",
    "plain",
    'it\'s a "quote"',
    "tab\tnew\nline\r\nand \\N \\. \\\\ back\\slash",
    "%s %(name)s %% $1 {}",
    "José 北京 🙂 \u202e ß",
    "NULL",
    "\\N",
    "\\.",
    " lead and trail ",
    "x" * 20_000,
]
JSONS: list[Any] = [
    {},
    [],
    {"a": [1, None, True, 1.5, 'ñ"\\\t\n🙂'], "b": {"c": ""}},
    {"": "empty key", "\\N": "\\N"},
]
NOW = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)

CUSTOMER = ("id", "name", "birth_date", "accepts_marketing", "accepts_whatsapp", "others",
            "provenance", "address", "version", "updated_at", "created_at", "kind",
            "given_name", "family_name", "company_name", "state_registration", "email", "phone",
            "document_type", "document_number", "document_country", "gender", "country",
            "notes", "search_text")  # fmt: skip


def customer(id: int, text: str = "", **more: Any) -> tuple[Any, ...]:  # noqa: A002
    row: dict[str, Any] = dict.fromkeys(CUSTOMER, "")
    row |= {
        "id": id,
        "name": text,
        "birth_date": None,
        "accepts_marketing": None,
        "accepts_whatsapp": None,
        "others": "{}",
        "provenance": "{}",
        "address": "{}",
        "version": 1,
        "updated_at": NOW,
        "created_at": NOW,
    }
    return tuple((row | more).values())


def insert_customers(*rows: tuple[Any, ...]) -> None:
    bulk.insert(Customer, CUSTOMER, rows)


def new_id() -> int:
    return bulk.new_ids(Customer, 1)[0]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_text_reads_back_equal(text: str) -> None:
    one = new_id()
    insert_customers(customer(one))
    bulk.update(Customer, ("name",), [(text, one)])
    insert_customers(customer(one + 1, text))
    assert [found.name for found in Customer.objects.order_by("id")] == [text, text]
    assert Customer.objects.filter(name=text).count() == 2


@pytest.mark.parametrize("value", JSONS, ids=range(len(JSONS)))
def test_json_reads_back_equal(value: Any) -> None:
    one = new_id()
    insert_customers(customer(one, others=to_json(value)))
    bulk.update(Customer, ("provenance",), [(to_json(value), one)])
    found = Customer.objects.get()
    assert (found.others, found.provenance) == (value, value)


@pytest.mark.parametrize("flag", [True, False, None])
def test_booleans_and_dates_read_back_equal(flag: bool | None) -> None:
    born = date(1969, 12, 31) if flag else None
    one = new_id()
    insert_customers(customer(one, accepts_marketing=flag, birth_date=born))
    bulk.update(
        Customer,
        ("accepts_whatsapp", "birth_date", "updated_at"),
        [(flag, born, NOW.replace(microsecond=1), one)],
    )
    found = Customer.objects.get()
    assert (found.accepts_marketing, found.accepts_whatsapp) == (flag, flag)
    assert found.birth_date == born
    assert (found.created_at, found.updated_at) == (NOW, NOW.replace(microsecond=1))
    assert Customer.objects.filter(updated_at__lt=NOW, created_at=NOW).exists()


@pytest.mark.parametrize("raw", [b"", b"\x00\xff\\x00\t\n'", bytes(range(256))])
def test_bytes_and_missing_moments_read_back_equal(raw: bytes) -> None:
    shop = Connection.objects.create(name="Shop", vendor="mercately")
    one = new_id()
    insert_customers(customer(one))
    columns = (
        "customer_id", "connection_id", "external_id", "state", "stated", "also", "owned", "base",
        "changed", "raw", "raw_digest", "digest", "reason", "sole_key_id", "vendor_created_at",
        "read_at", "created_at",
    )  # fmt: skip
    empty = ["{}"] * 5
    bulk.insert(
        CustomerLink,
        columns,
        [(one, shop.pk, "0", "active", *empty, "", raw, raw, "", None, None, NOW, NOW)],
    )
    found = CustomerLink.objects.get()
    assert (bytes(found.raw_digest), found.sole_key_id, found.read_at) == (raw, None, NOW)
    bulk.update(
        CustomerLink,
        ("digest", "vendor_created_at", "reread_at"),
        [(raw + b"\x00", NOW, None, found.pk)],
    )
    found.refresh_from_db()
    assert (bytes(found.digest), found.vendor_created_at) == (raw + b"\x00", NOW)


def test_only_the_rows_named_are_updated() -> None:
    first = new_id()
    insert_customers(*(customer(first + at, f"old {at}") for at in range(250)))
    bulk.update(Customer, ("name",), [(f"new {at}", first + at) for at in range(0, 250, 2)])
    names = list(Customer.objects.order_by("id").values_list("name", flat=True))
    assert names == [f"{'old' if at % 2 else 'new'} {at}" for at in range(250)]


def test_what_is_there_already_is_left_as_it_is() -> None:
    columns = ("kind", "value")
    bulk.insert_missing(MatchKey, columns, [("email", "a@example.com"), ("phone", "+593991")])
    before = list(MatchKey.objects.order_by("id").values())
    rows = [("email", "a@example.com"), ("email", "b'\\\t@example.com"), ("phone", "+593991")]
    bulk.insert_missing(MatchKey, columns, [*rows, rows[1]])
    found = list(MatchKey.objects.order_by("id").values())
    assert found[:2] == before
    assert [row["value"] for row in found[2:]] == ["b'\\\t@example.com"]


def test_the_database_gives_the_ids_that_it_is_not_given() -> None:
    bulk.insert_missing(MatchKey, ("kind", "value"), [("email", "a@example.com")])
    key = MatchKey.objects.get()
    rows = [(key.pk, 1, None, "ana"), (key.pk, 2, None, "eva")]
    bulk.insert(KeyHolder, ("key_id", "customer_id", "link_id", "carrier"), rows)
    assert KeyHolder.objects.values("id").distinct().count() == 2


def test_nothing_to_write_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        bulk.insert(Customer, CUSTOMER, [])
        bulk.update(Customer, ("name",), [])
        bulk.insert_missing(MatchKey, ("kind", "value"), [])
        assert bulk.new_ids(Customer, 0) == []


def test_ids_asked_for_twice_are_not_the_same() -> None:
    assert not set(bulk.new_ids(Customer, 3)) & set(bulk.new_ids(Customer, 3))


def test_a_row_that_the_database_numbers_comes_after_the_ids_given_out() -> None:
    given = bulk.new_ids(Customer, 3)
    made = Customer.objects.create(name="Ana")
    assert made.pk not in given
    insert_customers(*(customer(one) for one in given))
    assert Customer.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_ids_are_unique_though_many_ask_at_once() -> None:
    given: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            for _ in range(10):
                with transaction.atomic():
                    ids = bulk.new_ids(Customer, 5)
                    insert_customers(*(customer(one) for one in ids))
                given.extend(ids)
        finally:
            database.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(given) == len(set(given)) == Customer.objects.count() == 200


def test_one_row_that_does_not_fit_stores_none() -> None:
    one = new_id()
    insert_customers(customer(one))
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        insert_customers(customer(one + 1, "new"), customer(one, "again"))
    assert list(Customer.objects.values_list("name", flat=True)) == [""]


def test_an_update_says_whether_its_condition_held() -> None:
    one = new_id()
    insert_customers(customer(one, "Ana"))
    later = {"name": "Eva", "updated_at": datetime(2026, 6, 1, tzinfo=UTC)}
    assert not bulk.update_while(Customer, later, {"id": one, "version": 2})
    assert Customer.objects.get().name == "Ana"
    assert bulk.update_while(Customer, later, {"id": one, "version": 1})
    found = Customer.objects.get()
    assert (found.name, found.updated_at) == ("Eva", later["updated_at"])


def test_tables_that_grew_are_looked_at_by_the_columns_that_are_looked_up() -> None:
    insert_customers(customer(new_id(), "Ana"))
    with CaptureQueriesContext(database) as seen:
        bulk.analyze(Customer, MatchKey)
    asked = [query["sql"] for query in seen.captured_queries]
    if database.vendor == "postgresql":
        assert len(asked) == 1
        assert '"customers_matchkey" ("id", "kind", "value")' in asked[0]
        assert '"search_text"' not in asked[0]
    else:
        assert asked == []


def of_the_session() -> tuple[str, ...]:
    with database.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        commits = cursor.fetchone()[0]
        cursor.execute("SHOW gin_pending_list_limit")
        lots = cursor.fetchone()[0]
        cursor.execute("SHOW plan_cache_mode")
        return commits, lots, cursor.fetchone()[0]


@pytest.mark.parametrize("pooled", [False, True])
def test_a_scan_s_settings_end_with_it(monkeypatch: pytest.MonkeyPatch, pooled: bool) -> None:
    monkeypatch.setitem(database.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", pooled)
    if database.vendor != "postgresql":
        with bulk.scan_session():
            bulk.keep_plans(True)
        return
    with database.cursor() as cursor:
        usual = of_the_session()
        cursor.execute("SET synchronous_commit = on")
        with bulk.scan_session():
            bulk.keep_plans(True)
            within = of_the_session()
        ours = ("off", "16MB", "force_generic_plan")
        assert within == (("on", "4MB", "auto") if pooled else ours)
        cursor.execute("RESET synchronous_commit")
        assert of_the_session() == usual


def test_what_a_scan_brought_is_in_the_search_s_index_at_its_end() -> None:
    def waiting() -> int:
        """Pages of what is not in the index yet; it is now."""
        with database.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [bulk.SEARCH_INDEX])
            pages: int = cursor.fetchone()[0]
            return pages

    if database.vendor != "postgresql":
        return
    Customer.objects.create(name="Ana", search_text="ana prado")
    assert waiting() > 0
    with bulk.scan_session():
        Customer.objects.create(name="Eva", search_text="eva prado")
    assert waiting() == 0

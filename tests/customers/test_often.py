"""Queries that are asked for every page say what the ORM would say."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, MatchKey
from customers.often import Often, at_once, lasting_cursor

pytestmark = pytest.mark.django_db


def people(names: Sequence[str]) -> QuerySet[Any, Any]:
    found = Customer.objects.filter(name__within=names, kind="person").order_by("name")
    return found.values_list("name", "address", "accepts_marketing", "created_at")


@pytest.fixture
def _people() -> None:
    for name in ("Ana", "Eva", "Iva"):
        Customer.objects.create(name=name, kind="person", address={"city": f"São {name}"})
    Customer.objects.create(name="Ana", kind="company")


@pytest.mark.usefixtures("_people")
def test_it_finds_what_the_orm_finds_whatever_the_list() -> None:
    asked = Often(people)
    for names in (["Ana"], ["Iva", "Ana", "nobody"], ["it's %s"], ["Eva"] * 300):
        assert list(asked(names)) == list(people(names))


@pytest.mark.usefixtures("_people")
def test_several_lists_keep_their_places() -> None:
    asked = Often(
        lambda kinds, names: (
            Customer.objects.filter(kind__within=kinds, name__within=names)
            .order_by("id")
            .values_list("kind", "name")
        ),
        2,
    )
    assert list(asked(["company"], ["Ana", "Eva"])) == [("company", "Ana")]
    assert list(asked(["person"], ["Ana", "Eva"])) == [("person", "Ana"), ("person", "Eva")]


@pytest.mark.usefixtures("_people")
def test_it_is_made_once_where_its_text_stays_the_same() -> None:
    made: list[Any] = []

    def build(names: Sequence[str]) -> QuerySet[Any, Any]:
        made.append(names)
        return people(names)

    asked = Often(build)
    for name in ("Ana", "Eva", "Iva"):
        assert len(asked([name])) == 1
    assert len(made) == (1 if connection.vendor == "postgresql" else 3)


def test_what_was_asked_is_counted_with_all_other_queries() -> None:
    asked = Often(people)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        asked(["Ana"])
        asked(["Eva"])
    assert len(seen) == 2


def test_what_changed_between_two_questions_is_seen() -> None:
    asked = Often(lambda kinds: MatchKey.objects.filter(kind__within=kinds).values_list("value"))
    assert list(asked(["email"])) == []
    MatchKey.objects.create(kind="email", value="a@example.com")
    assert list(asked(["email"])) == [("a@example.com",)]


@pytest.mark.parametrize("pooled", [False, True])
def test_nothing_is_prepared_behind_a_pooler(monkeypatch: pytest.MonkeyPatch, pooled: bool) -> None:
    if connection.vendor != "postgresql":
        with lasting_cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
        return
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", pooled)
    link: psycopg.Connection[Any] = connection.connection
    monkeypatch.setattr(link, "prepare_threshold", None)
    with lasting_cursor() as cursor:
        cursor.execute("SELECT 40 + %s", [2 if pooled else 3])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 40 %'"
        )
        assert cursor.fetchone() == (0 if pooled else 1,)


@pytest.mark.usefixtures("_people")
def test_several_asked_at_once_answer_each_for_itself() -> None:
    names, kinds = Often(people), Often(lambda: Customer.objects.values_list("kind"), 0)
    found, all_kinds, nobody = at_once((names, (["Ana"],)), (kinds, ()), (names, (["Uma"],)))
    assert list(found) == list(people(["Ana"]))
    assert sorted(all_kinds) == [("company",), ("person",), ("person",), ("person",)]
    assert list(nobody) == []


def test_an_error_is_django_s_own_and_the_transaction_is_then_over() -> None:
    with transaction.atomic():
        with pytest.raises(DatabaseError, match="nowhere"), transaction.atomic():
            lasting_cursor().execute("SELECT name FROM nowhere")
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError), lasting_cursor() as cursor:
            cursor.execute("SELECT 1")


@pytest.mark.usefixtures("_people")
def test_of_several_the_one_that_fails_says_why() -> None:
    names, kinds = Often(people), Often(lambda: Customer.objects.values_list("kind"), 0)
    broken = Often(lambda names: people(names).extra(tables=["nowhere"]))
    with pytest.raises(DatabaseError, match="nowhere"), transaction.atomic():
        at_once((names, (["Ana"],)), (broken, (["Ana"],)), *[(kinds, ())] * 50)
    assert len(names(["Ana"])) == 1

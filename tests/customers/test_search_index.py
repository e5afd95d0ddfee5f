"""The search's index: there on both databases, and never behind the customers."""

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import search, search_index, trigrams
from customers.models import Customer

ALPHABET = st.sampled_from("abc1 \n\"'*%_-")


def add(text: str) -> Customer:
    return Customer.objects.create(search_text=text)


def found(text: str) -> set[int]:
    return set(search.matching(Customer.objects.all(), text).values_list("pk", flat=True))


def test_it_follows_what_is_added_changed_and_removed(db: None) -> None:
    one, other = add("ana paz\nana@example.com"), add("eva luna")
    assert found("ana@ex") == {one.pk}
    Customer.objects.filter(pk=one.pk).update(search_text="bea paz")
    assert found("ana@ex") == set()
    assert found("bea") == {one.pk}
    Customer.objects.filter(pk=other.pk).update(search_text="bea luna")
    assert found("be") == {one.pk, other.pk}
    one.delete()
    assert found("bea") == {other.pk}


def test_what_is_rolled_back_is_not_found(db: None) -> None:
    with transaction.atomic():
        add("ana paz")
        assert len(found("ana")) == 1
        transaction.set_rollback(True)
    assert found("ana") == set()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(st.text(ALPHABET, max_size=12), min_size=1, max_size=6),
    terms=st.lists(st.text(ALPHABET, min_size=1, max_size=5), min_size=1, max_size=6),
)
def test_the_index_finds_what_reading_every_text_finds(
    db: None, texts: list[str], terms: list[str]
) -> None:
    with transaction.atomic():
        rows = {add(text).pk: text for text in texts}
        for term in terms:
            for name in ("holds", "begins"):
                where = {f"search_text__{name}": term}
                given_by_index = set(Customer.objects.filter(**where).values_list("pk", flat=True))
                assert given_by_index & rows.keys() == {
                    pk for pk, text in rows.items() if _true(name, text, term)
                }, (name, term)
        transaction.set_rollback(True)


def _true(name: str, text: str, term: str) -> bool:
    if name == "holds":
        return term in text
    return text.startswith(term) or f"\n{term}" in text or f" {term}" in text


@pytest.mark.parametrize(
    ("term", "part"),
    [
        ("gabriela.junqueira.656126@example.com", "junqueira.656126@"),
        ("ana_paz%7@ex", "ana_paz%7@"),
        ("contato@example.com", "contato@example.com"),  # of many shops
        ("administration@example.com", "administration@example.com"),
        ("ana.7@example.com", "ana.7@example.com"),  # too short to tell much
        ("gabriela.junqueira.656126", "gabriela.junqueira.656126"),
    ],
)
def test_an_email_is_looked_up_by_the_part_that_tells_most(term: str, part: str) -> None:
    assert trigrams.telling(term) == part


def test_an_email_is_still_compared_whole(db: None) -> None:
    one = add("ana paz\nana_maria.paz%7@example.com")
    add("ana maria\nana_maria.paz%7@example.org\neva_maria.paz%7@example.com\n7@example.com")
    add("ana luz\nanaxmaria.paz17@example.com")
    assert found("ana_maria.paz%7@example.com") == {one.pk}
    assert found("ANA_MARIA.paz%7@example.co") == {one.pk}


def test_the_query_goes_by_the_index(db: None) -> None:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname LIKE '%%search%%'")
            assert "gin_trgm_ops" in cursor.fetchone()[0]
        return
    for text in ("ana", "an", "ana paz", "099 123"):
        with CaptureQueriesContext(connection) as queries:
            found(text)
        assert "MATCH" in queries[0]["sql"]
        assert "LIKE" not in queries[0]["sql"]


@pytest.mark.django_db(transaction=True)
def test_an_index_that_a_migration_lost_is_made_again() -> None:
    one = add("ana paz")
    if connection.vendor == "sqlite":
        field = models.TextField(default="", db_default="x")
        field.set_attributes_from_name("search_text")
        with connection.schema_editor() as editor:
            editor.alter_field(Customer, Customer._meta.get_field("search_text"), field)
    other = add("eva paz")
    search_index.ensure()
    assert found("paz") == {one.pk, other.pk}
    third = add("bea paz")
    search_index.ensure()
    assert found("paz") == {one.pk, other.pk, third.pk}
    assert found("ana") == {one.pk}

"""What migrations make of rows that are there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)

ASKED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def migrate(name: str) -> Any:
    """The models as they are after a migration."""
    executor = MigrationExecutor(connection)
    executor.migrate([("customers", name)])
    return MigrationExecutor(connection).loader.project_state([("customers", name)]).apps


@pytest.fixture
def newest() -> Iterator[str]:
    executor = MigrationExecutor(connection)
    (name,) = (one for app, one in executor.loader.graph.leaf_nodes() if app == "customers")
    yield name
    migrate(name)


def test_what_an_erasure_asked_for_is_kept_as_a_write(newest: str) -> None:
    old = migrate("0008_figures")
    customer = old.get_model("customers", "Customer").objects.create()
    shop = old.get_model("customers", "Connection").objects.create(name="shop", vendor="yampi")
    erasure = old.get_model("customers", "Erasure").objects.create(customer=customer.pk)
    lines = old.get_model("customers", "ErasureLine").objects
    for state, asked_at, attempts in (
        ("asked", ASKED_AT, 2), ("asked", None, 0), ("confirmed", ASKED_AT, 1), ("by_hand", None, 0)
    ):  # fmt: skip
        lines.create(
            erasure=erasure, connection=shop, state=state, asked_at=asked_at, attempts=attempts
        )
    writes = migrate(newest).get_model("customers", "Write").objects
    assert list(
        writes.order_by("erasure_line").values_list("kind", "state", "customer", "sent_at")
    ) == [
        ("delete", "unknown", customer.pk, ASKED_AT),
        ("delete", "planned", customer.pk, None),
        ("delete", "confirmed", customer.pk, ASKED_AT),
    ]

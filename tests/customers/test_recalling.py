"""What is known of a page's records, so far as they are not what they were."""

from datetime import UTC, datetime
from typing import Any

import pytest

from customers.models import Connection, Customer, CustomerLink, LinkState
from customers.recalling import NONE, differing

pytestmark = pytest.mark.django_db
READ = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture
def shop() -> Connection:
    return Connection.objects.create(name="Shop", vendor="yampi")


@pytest.fixture
def till() -> Connection:
    return Connection.objects.create(name="Till", vendor="clopos")


def link(shop: Connection, external_id: str, raw_digest: bytes, **more: Any) -> CustomerLink:
    told = {"customer": Customer.objects.create(name="Ana"), "read_at": READ, **more}
    return CustomerLink.objects.create(
        connection=shop, external_id=external_id, raw_digest=raw_digest, **told
    )


def test_only_what_is_new_or_other_than_it_was_is_told(shop: Connection, till: Connection) -> None:
    same = bytes(range(240, 256))
    link(shop, "same", same)
    moved = link(shop, "moved", same, digest=b"\x01\x02")
    link(till, "new", same)  # another connection's
    sent = {"same": same, "moved": same[:-1] + b"\0", "new": same}
    found = differing(shop.pk, sent)
    assert found.keys() == {"moved", "new"}
    assert found["new"] is None
    link_id, customer_id, digest, state, read_at, written_at = found["moved"] or ()
    assert (link_id, customer_id, bytes(digest)) == (moved.pk, moved.customer_id, b"\x01\x02")
    assert (state, read_at, written_at) == ("active", READ, None)


@pytest.mark.parametrize("state", LinkState.values)
def test_a_link_that_is_not_at_rest_differs_whatever_its_bytes(
    shop: Connection, state: str
) -> None:
    link(shop, "1", b"\xff" * 16, state=state)
    found = differing(shop.pk, {"1": b"\xff" * 16})
    assert list(found) == ([] if state in ("active", "anonymized") else ["1"])


@pytest.mark.parametrize("digest", [b"", b"\xff" * 16])
def test_all_that_is_known_differs_from_no_digest(shop: Connection, digest: bytes) -> None:
    """A link that is to be read anew has an empty one."""
    known = link(shop, "1", digest)
    found = differing(shop.pk, {"1": NONE, "2": NONE})
    assert found.keys() == {"1", "2"}
    assert (found["1"] or (0,))[0] == known.pk
    assert found["2"] is None


@pytest.mark.parametrize("external_id", ['a"b', "ção", "a\\b", "", "{}", "%s", "1' OR 1=1"])
def test_an_id_is_what_it_is(shop: Connection, external_id: str) -> None:
    link(shop, external_id, b"\xff" * 16)
    assert differing(shop.pk, {external_id: b"\xff" * 16}) == {}
    assert differing(shop.pk, {external_id + "x": b"\xff" * 16}) == {external_id + "x": None}


def test_nobody_asked_nobody_told(shop: Connection) -> None:
    assert differing(shop.pk, {}) == {}

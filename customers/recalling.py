"""What is known of a page's records, so far as they are not what they were: one query that
gives nothing for a page on which nothing changed."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import connection
from django.db.models.expressions import Col

from customers.models import CustomerLink, LinkState
from customers.often import lasting_cursor
from customers.values import to_json

Known = tuple[Any, ...]
"""Of a link: its id, its customer's, its canonical digest, its state, and when it was last read
and written."""

NONE = b"-"  # the digest of no record: whatever is known differs from it
QUIET = (LinkState.ACTIVE.value, LinkState.ANONYMIZED.value)
_COLUMNS = ("id", "customer_id", "digest", "state", "read_at", "written_at")
# What was sent, as rows of (id, digest), and how a kept digest is written there.
_SENT = {
    "postgresql": (
        "json_each_text(%s::json) AS sent(id, digest)",
        "encode(link.raw_digest, 'hex')",
    ),
    "sqlite": (
        "(SELECT key AS id, value AS digest FROM json_each(%s)) AS sent",
        "lower(hex(link.raw_digest))",
    ),
}


def differing(connection_id: int, digests: Mapping[str, bytes]) -> dict[str, Known | None]:
    """Of a connection's records, told by external id with the digest of their bytes, those that
    are new (None), that were other bytes before, or whose link is not at rest."""
    sent = to_json({one: digest.hex() for one, digest in digests.items()})
    text, converters, compiler = _query(connection.vendor)
    with lasting_cursor() as cursor:
        cursor.execute(text, [sent, connection_id, *QUIET])
        rows = cursor.fetchall()
    if rows and converters:
        rows = list(compiler.apply_converters(rows, converters))
    return {row[-1]: None if row[0] is None else tuple(row[:-1]) for row in rows}


@cache
def _query(vendor: str) -> tuple[str, dict[int, Any], Any]:
    """The query's text, and what makes its rows those of the ORM."""
    fields: list[Any] = [
        CustomerLink._meta.get_field(name.removesuffix("_id")) for name in _COLUMNS
    ]
    compiler: Any = CustomerLink.objects.all().query.get_compiler(connection=connection)
    converters = compiler.get_converters([Col("link", field) for field in fields])
    names = ", ".join(f"link.{name}" for name in _COLUMNS)
    sent, digest = _SENT[vendor]
    text = (
        f"SELECT {names}, sent.id FROM {sent} LEFT JOIN {CustomerLink._meta.db_table} AS link "  # noqa: S608
        "ON link.connection_id = %s AND link.external_id = sent.id "
        f"WHERE link.id IS NULL OR {digest} <> sent.digest OR link.state NOT IN (%s, %s)"
    )
    return text, converters, compiler

"""Who may be the same as somebody: read from the blocks and the keys, without any lock."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from customers.blocking import MAX_BLOCK
from customers.golden import values_of
from customers.models import Customer, KeyHolder
from customers.normalise import Key
from customers.often import Answer, Often, array, at_once, lasting_cursor
from customers.profiles import Profile, profile
from customers.values import Values

# What a profile is made of.
IDENTITY = (
    "kind",
    "name",
    "given_name",
    "family_name",
    "company_name",
    "document_type",
    "document_number",
    "document_country",
    "birth_date",
    "address",
)
_UNSAID = dict.fromkeys(
    ("state_registration", "email", "phone", "gender", "notes", "accepts_marketing",
     "accepts_whatsapp"), "",
)  # fmt: skip


def in_blocks(blocks: Collection[int]) -> dict[int, list[int]]:
    """The customers in each of the blocks. One query, which reads a bounded number of rows:
    a block in which more than MAX_BLOCK are is left out, and not read to its end."""
    if not blocks:
        return {}
    found: dict[int, list[int]] = {}
    with lasting_cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_LATERAL, [array(sorted(blocks)), MAX_BLOCK + 1])
        else:
            marks = ", ".join(["(%s)"] * len(blocks))
            cursor.execute(_BOUNDED.format(marks=marks), [*blocks, MAX_BLOCK + 1, MAX_BLOCK])
        for block, customer_id in cursor.fetchall():
            found.setdefault(block, []).append(customer_id)
    return {block: members for block, members in found.items() if len(members) <= MAX_BLOCK}


_LATERAL = """
SELECT wanted.block, held.customer_id FROM unnest(%s::bigint[]) AS wanted (block)
CROSS JOIN LATERAL (
    SELECT customer_id FROM customers_blockholder WHERE block = wanted.block LIMIT %s
) AS held
"""
_BOUNDED = """
WITH wanted (block) AS (VALUES {marks})
SELECT held.block, held.customer_id
FROM wanted CROSS JOIN customers_blockholder AS held ON held.block = wanted.block
WHERE (
    SELECT count(*) FROM (
        SELECT 1 FROM customers_blockholder AS one WHERE one.block = wanted.block LIMIT %s
    )
) <= %s
"""


def living() -> Any:
    """Customers that may be matched: neither merged into another nor erased."""
    return Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True)


def profiles_of(ids: Collection[int]) -> dict[int, Profile]:
    """The profiles of customers, in two queries; those merged or erased are left out."""
    if not ids:
        return {}
    wanted = sorted(ids)
    rows, held = at_once((_living, (wanted,)), (_keys, (wanted,)))
    values = {row[0]: identity(row[1:]) for row in rows}
    keys = _by_customer(held)
    return {one: profile(said, keys.get(one, ())) for one, said in values.items()}


def identity(row: Iterable[Any]) -> Values:
    """Field values from the columns IDENTITY, in that order."""
    return values_of({**_UNSAID, **dict(zip(IDENTITY, row, strict=True))})


def keys_of(ids: Collection[int]) -> dict[int, set[Key]]:
    """The keys that customers hold, retired ones left out."""
    return _by_customer(_keys(sorted(ids)))


def _by_customer(rows: Answer) -> dict[int, set[Key]]:
    found: dict[int, set[Key]] = {}
    for customer_id, kind, value in rows:
        found.setdefault(customer_id, set()).add(Key(kind, value))
    return found


_living = Often(lambda ids: living().filter(pk__within=ids).values_list("id", *IDENTITY))
_keys = Often(
    lambda ids: KeyHolder.objects.filter(
        customer_id__within=ids, key__retired_at__isnull=True
    ).values_list("customer_id", "key__kind", "key__value")
)

"""Whose record was erased: a keyed hash for each, by which a pull knows what to leave alone.

The hash needs a key of its own (`ERASURE_KEY`), which outlives every rotation of the others:
without it nobody can tell whose record a hash stands for, and with another every erased person
would come back.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable

from django.conf import settings

from customers.models import ErasedRecord
from customers.often import Often
from customers.workspace import BLOCK, blocks


def digest(connection_id: int, external_id: str) -> bytes:
    meaning = f"{connection_id}:{external_id}".encode()
    return hmac.new(settings.ERASURE_KEY.encode(), meaning, hashlib.sha256).digest()


def stand_in(connection_id: int, external_id: str) -> str:
    """What is kept of an erased record's id where records are only counted."""
    return f"erased:{digest(connection_id, external_id).hex()[:32]}"


def remember(records: Iterable[tuple[int, str]]) -> None:
    """Keep the hash of each (connection, external id)."""
    ErasedRecord.objects.bulk_create(
        [ErasedRecord(connection_id=one, digest=digest(one, other)) for one, other in records],
        ignore_conflicts=True,
    )


def among(connection_id: int, external_ids: Collection[str]) -> set[str]:
    """Which of a connection's records were erased: one look-up, and no more where none was."""
    if not external_ids or not _any_of([connection_id]):
        return set()
    erased = ErasedRecord.objects.filter(connection_id=connection_id)
    marks = {digest(connection_id, one): one for one in external_ids}
    found: set[str] = set()
    for block in blocks(marks, 5 * BLOCK):
        rows = erased.filter(digest__in=block).values_list("digest", flat=True)
        found |= {marks[bytes(one)] for one in rows}
    return found


_any_of = Often(
    lambda ids: ErasedRecord.objects.filter(connection_id__within=ids).values_list("pk")[:1]
)

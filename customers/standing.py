"""Which blocks customers stand in. What goes through a workspace and its writer keeps its
blocks by itself; this is for whatever does not, and for hubs older than blocks."""

from collections.abc import Collection, Iterable, Mapping

from customers import bulk
from customers.blocking import block_keys
from customers.candidates import IDENTITY, identity, living
from customers.models import BlockHolder, KeyHolder
from customers.normalise import Key
from customers.profiles import profile

COLUMNS = ("block", "customer_id")


def blocks_of(ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The blocks that customers belong into by their values and keys as they are now; none
    for those merged into others, or erased."""
    found = dict.fromkeys(ids, frozenset[int]())
    keys: dict[int, list[Key]] = {}
    held = KeyHolder.objects.filter(customer_id__within=sorted(ids))
    for one, kind, value in held.values_list("customer_id", "key__kind", "key__value").distinct():
        keys.setdefault(one, []).append(Key(kind, value))
    for row in living().filter(pk__within=sorted(ids)).values_list("id", *IDENTITY):
        who = profile(identity(row[1:]), keys.get(row[0], ()))
        found[row[0]] = frozenset(block_keys(who))
    return found


def move(was: Mapping[int, Collection[int]]) -> None:
    """Let customers stand where they belong now. `was`: what `blocks_of` said of them before
    they were changed. Call inside the transaction that changes them."""
    here = blocks_of(list(was))
    gone = [(block, one) for one, found in here.items() for block in set(was[one]) - found]
    bulk.delete(BlockHolder, COLUMNS, gone)
    fill(here.items())


def fill(rows: Iterable[tuple[int, Collection[int]]]) -> None:
    """Let customers stand in these blocks too, where they do not yet."""
    missing = sorted((block, one) for one, found in rows for block in found)
    bulk.insert_pairs(BlockHolder, COLUMNS, missing)

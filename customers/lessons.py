"""What weights are learnt from: what vendors' records say, each on its own, as if none had been
linked yet. Customers would teach little: those that are plainly one have been linked, and the
few that still look alike do not tell how alike one person's records are."""

from collections.abc import Iterator
from math import ceil

from django.db.models import F, QuerySet
from msgspec import structs

from customers.default_weights import DEFAULTS
from customers.models import CustomerLink, KeyHolder, LinkState
from customers.normalise import Key
from customers.pairing import Table
from customers.profiles import Profile, profile
from customers.resolving import learnt
from customers.weighing import Weights

MOST = 200_000  # records; of more, a sample that has all of a customer's or none
AT_ONCE = 1000


def learnt_from_records(most: int = MOST) -> Weights:
    """Weights learnt from about `most` records, the defaults where there are too few. The
    priors stay as they are: most of the pairs that records tell of are linked by now."""
    share = max(ceil(_records().count() / most), 1)
    table = Table()
    for one in _profiles(share):
        table.add(one)
    found = learnt(table, DEFAULTS)
    return structs.replace(found, prior=DEFAULTS.prior, home_prior=DEFAULTS.home_prior)


def _records() -> "QuerySet[CustomerLink]":
    return CustomerLink.objects.filter(state=LinkState.ACTIVE)


def _profiles(share: int) -> Iterator[Profile]:
    """Of one in `share` customers, the profile of each record."""
    last = 0
    rows = _records().annotate(lot=F("customer_id") % share).filter(lot=0).order_by("pk")
    while lot := list(rows.filter(pk__gt=last).values_list("pk", "stated")[:AT_ONCE]):
        last = lot[-1][0]
        keys = _keys([link_id for link_id, _ in lot])
        for link_id, stated in lot:
            yield profile(stated, keys.get(link_id, ()))


def _keys(link_ids: list[int]) -> dict[int, list[Key]]:
    """The keys that records hold, retired ones left out."""
    found: dict[int, list[Key]] = {}
    held = KeyHolder.objects.filter(link__within=link_ids, key__retired_at=None)
    for link_id, kind, value in held.values_list("link", "key__kind", "key__value"):
        found.setdefault(link_id, []).append(Key(kind, value))
    return found

"""Finds a customer at a vendor, before a create and after one whose outcome is unknown.

By the vendor's own filters where its page has any; where they may miss somebody, and nothing
was found, by reading the list as far as that is reasonable.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from connectors.base import Connector
from connectors.declare import Fetched, Scan
from connectors.errors import NotFoundError, UnreadableRecordError
from connectors.records import CustomerRecord

MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Found:
    """The wanted records, by id. `whole`: the vendor has no other that is wanted."""

    rows: dict[str, Fetched]
    whole: bool


def find(connector: Connector, record: CustomerRecord, wanted: Callable[[bytes], bool]) -> Found:
    """The vendor's records that may be this customer, as far as `wanted` says so of them.

    Raises what reading a page raises.
    """
    rows = _wanted(connector, _searched(connector, record), wanted)
    if rows or connector.finds:
        return Found(rows, connector.finds)
    return _scanned(connector, wanted)


def _searched(connector: Connector, record: CustomerRecord) -> Iterator[Fetched]:
    scan = Scan()
    for request in connector.searches(record):
        response = connector.call(request)
        listing = connector.read_list(response.body, scan, connector.count_position())
        for row in listing.rows:
            yield Fetched(row, response.sent_at)
    for value in connector.lookups(record):
        try:
            yield connector.get(value)
        except NotFoundError:
            continue


def _scanned(connector: Connector, wanted: Callable[[bytes], bool]) -> Found:
    rows: dict[str, Fetched] = {}
    whole = False
    with closing(connector.pages(Scan())) as pages:  # type: ignore[type-var]
        for page in islice(pages, MOST_PAGES):
            fetched = (Fetched(row, page.sent_at) for row in page.rows)
            rows |= _wanted(connector, fetched, wanted)
            whole = page.next is None
    return Found(rows, whole and connector.absence_means_gone)


def _wanted(
    connector: Connector, rows: Iterator[Fetched], wanted: Callable[[bytes], bool]
) -> dict[str, Fetched]:
    found: dict[str, Fetched] = {}
    for row in rows:
        try:
            if wanted(row.body):
                found[connector.row_id(row.body)] = row
        except UnreadableRecordError:
            continue
    return found

"""Pages that wait are stored together: most of what storing costs is the same for one page and
for several."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.declare import Page
from customers.storing import Prepared

# So many rows at most: somebody who edits one of their customers waits as long.
MOST_ROWS = 500


def joined(waiting: Sequence[tuple[Page, Prepared]]) -> Iterator[tuple[Page, Prepared]]:
    """Pages that follow each other as one, which goes on behind the last and is as old as the
    oldest; as several where they are too long together, or a record is on two of them."""
    (page, prepared), *more = waiting
    for following, its in more:
        short = len(prepared.rows) + len(its.rows) <= MOST_ROWS
        if short and prepared.rows.keys().isdisjoint(its.rows):
            page = replace(
                following, position=page.position, rows=(*page.rows, *following.rows),
                sent_at=min(page.sent_at, following.sent_at), clock=page.clock,
            )  # fmt: skip
            prepared.add(its)
        else:
            yield page, prepared
            page, prepared = following, its
    yield page, prepared

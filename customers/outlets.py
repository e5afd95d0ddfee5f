"""What each connection may be told, as its switches and its connector's capabilities say."""

from collections.abc import Collection
from typing import Any

from msgspec import Struct

from customers.models import Connection


class Outlet(Struct, frozen=True):
    """A connection that is written to. `fields`: what an update carries there, empty where
    the vendor takes none; `document_types`: the only ones it can carry (None: any);
    `fill_empty`: values that came from other vendors go into fields that are empty there."""

    connection_id: int
    fields: frozenset[str] = frozenset()
    document_types: frozenset[str] | None = None
    fill_empty: bool = False

    def takes(self, field: str, value: Any) -> bool:
        """Whether an update there can carry this value."""
        if field not in self.fields:
            return False
        if field != "document" or not value or self.document_types is None:
            return True
        return value.get("type", "") in self.document_types


def outlet(connection: Connection) -> Outlet:
    """What the connection may be told, if it is written to."""
    connector = connection.connector_class
    return Outlet(
        connection.pk,
        connector.carried("update", connection.options),
        connector.document_types,
        connection.fill_empty,
    )


def outlets(connection_ids: Collection[int]) -> dict[int, Outlet]:
    """The outlets of those among the connections that are written to, in one query."""
    found = Connection.present.filter(pk__in=connection_ids, writes=True)
    return {one.pk: outlet(one) for one in found}

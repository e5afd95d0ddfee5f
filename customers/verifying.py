"""Is this still the same shop? Known links are read again after a change of credentials."""

from connectors.base import Connector
from connectors.errors import (
    NotFoundError,
    TemporaryError,
    UnexpectedResponseError,
    UnreadableRecordError,
)
from customers.connecting import fingerprint
from customers.models import Connection, CustomerLink, Health, LinkState
from customers.normalise import all_keys, state
from customers.strangers import is_stranger

SAMPLE = 20


class OtherShopError(Exception):
    """Most known records are somebody else's or not found: these credentials lead elsewhere."""


def verify(
    connection: Connection, connector: Connector, *, always: bool = False, remember: bool = True
) -> int:
    """Read up to 20 known links again, if the credentials or options changed since the
    last look (or `always`); gives how many were read. Raises OtherShopError and what
    `connector.get` raises. Remembers the credentials that passed, if it may `remember`."""
    now = fingerprint(connection)
    if not always and now == connection.fingerprint:
        return 0
    links = CustomerLink.objects.filter(connection=connection, state=LinkState.ACTIVE)
    sample = list(links.order_by("-id")[:SAMPLE]) if connector.can("get") else []
    looks = [_is_stranger(connection, connector, link) for link in sample]
    told = [look for look in looks if look is not None]
    strangers = sum(told)
    if sample and not told:
        raise TemporaryError("none of the known customers could be read again")
    if 2 * strangers > len(told):
        raise OtherShopError(
            f"{strangers} of {len(told)} known customers are somebody else or missing there: "
            "these credentials lead to another shop. Add a new connection for it"
        )
    if not remember:
        return len(sample)
    Connection.objects.filter(pk=connection.pk).update(fingerprint=now)
    connection.fingerprint = now
    if connection.health == Health.OTHER_SHOP:
        connection.health = Health.OK
        Connection.objects.filter(pk=connection.pk).update(health=Health.OK, health_note="")
    return len(sample)


def _is_stranger(connection: Connection, connector: Connector, link: CustomerLink) -> bool | None:
    """None where the vendor's answer says neither yes nor no."""
    try:
        fetched = connector.get(link.external_id)
        record, _ = connector.read_row(fetched.body)
        found = state(record, connection.country)
    except NotFoundError:
        return True
    except TemporaryError as error:
        if error.retry_after is not None:
            raise
        return None
    except (UnexpectedResponseError, UnreadableRecordError):
        return None
    if record.anonymized or connector.row_id(fetched.body) != link.external_id:
        return not record.anonymized
    return is_stranger(link.stated, all_keys(link.stated, link.also), found)

"""Is this still the same shop? Known links are read again after a change of credentials."""

from connectors.base import Connector
from connectors.errors import NotFoundError, UnreadableRecordError
from customers.connecting import fingerprint
from customers.matching import names_agree
from customers.models import Connection, CustomerLink, Health, LinkState
from customers.normalise import all_keys, state
from customers.values import Values, joined_name

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
    strangers = sum(_is_stranger(connection, connector, link) for link in sample)
    if 2 * strangers > len(sample):
        raise OtherShopError(
            f"{strangers} of {len(sample)} known customers are somebody else or missing there: "
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


def _is_stranger(connection: Connection, connector: Connector, link: CustomerLink) -> bool:
    try:
        fetched = connector.get(link.external_id)
        record, _ = connector.read_row(fetched.body)
        found = state(record, connection.country)
    except NotFoundError:
        return True
    except UnreadableRecordError:
        return False
    if record.anonymized or connector.row_id(fetched.body) != link.external_id:
        return not record.anonymized
    known = set(all_keys(link.stated, link.also))
    if known & set(found.keys):
        return False
    ours, theirs = _names(link.stated), _names(found.values)
    if not ours or not theirs:
        return bool(known and found.keys)
    return not names_agree(ours, theirs)


def _names(values: Values) -> set[str]:
    return {text for text in (joined_name(values.get("name")), values.get("company_name")) if text}

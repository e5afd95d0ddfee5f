"""From a Connection to the connector that talks to its vendor."""

import hashlib
import hmac
from dataclasses import asdict
from typing import Any

from django.conf import settings

from connectors.base import Connector
from connectors.errors import ConfigurationError
from customers.models import Connection
from customers.values import to_json


def connect(connection: Connection) -> Connector:
    """The connector, ready to call. Raises ConfigurationError, UnreadableSecretsError."""
    options: dict[str, Any] = connection.options
    return connection.connector_class(
        dict(connection.credentials),
        options,
        page_size=connection.page_size,
        requests_per_minute=connection.requests_per_minute,
        extra_hosts=settings.EXTRA_VENDOR_HOSTS,
    )


def keep_quota(connection: Connection, connector: Connector) -> None:
    """Keep what the vendor last said is left of its quota, for people to see."""
    seen = connector.http.pacer.quota
    if seen is not None:
        Connection.objects.filter(pk=connection.pk).update(quota=asdict(seen))


def can(connection: Connection, name: str) -> bool:
    """Whether the vendor has the call and the options leave it on, as far as that is known
    without a connector; False where the vendor's folder is gone."""
    try:
        found = connection.connector_class.capabilities.get(name)
    except ConfigurationError:
        return False
    return found is not None and (not found.option or connection.options.get(found.option) is True)


def fingerprint(connection: Connection) -> str:
    """Tells whether credentials or options are those that were last seen to lead to the
    same shop; says nothing of what they are."""
    meaning = to_json([connection.vendor, dict(connection.credentials), connection.options])
    return hmac.new(settings.SECRET_KEY.encode(), meaning.encode(), hashlib.sha256).hexdigest()

"""Connections: add, check, describe. The command, the admin and the demo all call these."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from phonenumbers import SUPPORTED_REGIONS

from connectors.declare import Option
from connectors.errors import ConfigurationError, ConnectorError
from connectors.registry import vendor
from customers.connecting import connect, keep_quota
from customers.models import Connection, CustomerLink, Health
from customers.secrets import Secrets
from customers.verifying import OtherShopError, verify

__all__ = [
    "TROUBLES",
    "InvalidError",
    "OtherShopError",
    "add",
    "check",
    "named",
    "settle",
    "summary",
    "try_out",
]

# Keys of `--set` that are columns of every connection rather than the vendor's own options.
COMMON = ("region", "page_size", "requests_per_minute", "writes", "fill_empty")
_SWITCHES = {key: Option(key, key, default=False) for key in ("writes", "fill_empty")}


class InvalidError(Exception):
    """A connection cannot be as asked for; the text says which key and why."""


# What can come of asking a vendor.
TROUBLES = (ConnectorError, OtherShopError, InvalidError)


def add(slug: str, name: str, given: Mapping[str, Any], trust: int = 50) -> Connection:
    """A new connection from its keys and values, secrets among them.

    Raises InvalidError, and IntegrityError when the name is taken."""
    connection = Connection(name=name.strip(), vendor=slug, trust=trust)
    settle(connection, given)
    try:
        connection.clean_fields(exclude=["credentials"])
    except ValidationError as error:
        words = "; ".join(f"{k}: {' '.join(v)}" for k, v in error.message_dict.items())
        raise InvalidError(words) from None
    connection.save()
    return connection


def settle(connection: Connection, given: Mapping[str, Any]) -> None:
    """Put keys and values where they belong: secrets, options, columns. Raises InvalidError."""
    connector = vendor(connection.vendor)
    secret = {option.key for option in connector.secrets}
    options = {option.key: option for option in connector.all_options()}
    known = secret | set(options) | set(COMMON)
    unknown = sorted(set(given) - known)
    if unknown:
        raise InvalidError(
            f"{connector.label} has no key {', '.join(unknown)}; "
            f"it takes {', '.join(sorted(known))}"
        )
    typed = {key: str(value) for key, value in given.items() if key in secret and value}
    # What a lost key keeps sealed does not matter where every secret is typed anew.
    credentials = typed if secret <= set(typed) else {**connection.credentials, **typed}
    connection.credentials = Secrets(credentials)
    chosen = dict(connection.options)
    for key in set(given) & set(options):
        chosen[key] = _read(options[key], given[key])
    connection.options = chosen
    _columns(connection, given)
    try:
        connect(connection).http.close()
    except ConfigurationError as error:
        raise InvalidError(str(error)) from None


def _columns(connection: Connection, given: Mapping[str, Any]) -> None:
    if "region" in given:
        connection.region = str(given["region"]).strip().upper()
        if connection.region and connection.region not in SUPPORTED_REGIONS:
            raise InvalidError(
                f"region must be a country of two letters (EC, BR, ...), not {given['region']!r}"
            )
    for key in ("page_size", "requests_per_minute"):
        if given.get(key):
            if not str(given[key]).isdecimal() or int(given[key]) < 1:
                raise InvalidError(f"{key} must be a whole number above 0, not {given[key]!r}")
            setattr(connection, key, int(given[key]))
    for key, switch in _SWITCHES.items():
        if key in given:
            setattr(connection, key, _read(switch, given[key]))


def _read(option: Any, value: Any) -> Any:
    try:
        return option.read(value)
    except ValueError as error:
        raise InvalidError(str(error)) from None


def named(name: str) -> Connection | None:
    return Connection.present.filter(name=name).first()


def check(connection: Connection) -> int:
    """Ask the vendor, and read known customers again; gives how many were read.

    Raises ConnectorError, UnreadableSecretsError, OtherShopError; the connection's health
    says the same afterwards."""
    connector = connect(connection)
    try:
        connector.check()
        read = verify(connection, connector, always=True)
    except (ConfigurationError, OtherShopError) as error:
        other = isinstance(error, OtherShopError)
        _health(connection, Health.OTHER_SHOP if other else Health.STOPPED, str(error))
        raise
    finally:
        keep_quota(connection, connector)
        connector.http.close()
    if connection.health in (Health.STOPPED, Health.OTHER_SHOP):
        _health(connection, Health.OK, "")
        Connection.objects.filter(pk=connection.pk).update(due_at=timezone.now())
    return read


def try_out(connection: Connection, given: Mapping[str, Any]) -> int:
    """Ask the vendor under keys and values that are not stored; gives how many known customers
    were read again. Nothing is written, whatever comes of it.

    Raises InvalidError, ConnectorError, UnreadableSecretsError, OtherShopError."""
    trial = Connection(
        **{field.attname: getattr(connection, field.attname) for field in Connection._meta.fields}
    )
    settle(trial, given)
    connector = connect(trial)
    try:
        connector.check()
        return verify(trial, connector, always=True, remember=False) if trial.pk else 0
    finally:
        connector.http.close()


def _health(connection: Connection, health: Health, note: str) -> None:
    connection.health, connection.health_note = health, note
    Connection.objects.filter(pk=connection.pk).update(health=health, health_note=note)


def summary(connection: Connection) -> dict[str, Any]:
    """A connection for people and machines, without its credentials."""
    return {
        "name": connection.name,
        "vendor": connection.vendor,
        "enabled": connection.enabled,
        "health": connection.health,
        "note": connection.health_note,
        "trust": connection.trust,
        "options": connection.public_options(),
        "customers": CustomerLink.objects.filter(connection=connection).count(),
        "last_scan": connection.scanned_at,
        "next_pull": connection.due_at,
    }

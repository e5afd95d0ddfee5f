"""`manage.py connections add | list | check | remove`."""

import getpass
import json
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from connectors.errors import ConnectorError
from connectors.registry import vendor, vendors
from customers import accounts, retiring
from customers.leases import BusyError, LeaseLostError
from customers.models import Connection
from customers.secrets import UnreadableSecretsError
from customers.terminal import table


class Command(BaseCommand):
    help = "Add, list, check and remove connections to vendors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="add a connection")
        add.add_argument("vendor", choices=list(vendors()))
        add.add_argument("name")
        add.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="pairs")
        add.add_argument("--trust", type=int, default=50, metavar="N")
        listed = verbs.add_parser("list", help="list connections")
        listed.add_argument("--json", action="store_true")
        check = verbs.add_parser("check", help="look whether a connection works")
        check.add_argument("name")
        remove = verbs.add_parser("remove", help="remove a connection; its customers stay")
        remove.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _add(self, options: dict[str, Any]) -> None:
        given = _pairs(options["pairs"])
        connector = vendor(options["vendor"])
        for option in connector.secrets:
            if not given.get(option.key):
                given[option.key] = _secret(options["vendor"], option.key, option.label)
        try:
            connection = accounts.add(options["vendor"], options["name"], given, options["trust"])
        except accounts.InvalidError as error:
            raise CommandError(str(error)) from None
        except IntegrityError:
            raise CommandError(
                f"there is a connection named {options['name']!r} already; choose another name"
            ) from None
        self.stdout.write(f"Added {connection.name} ({connector.label}).")
        self.stdout.write(f"Try it: manage.py connections check {connection.name!r}")

    def _list(self, options: dict[str, Any]) -> None:
        found = [accounts.summary(one) for one in Connection.present.all()]
        if options["json"]:
            self.stdout.write(json.dumps(found, default=str))
            return
        if not found:
            self.stdout.write("No connections yet: manage.py connections add VENDOR NAME")
            return
        columns = ("name", "vendor", "enabled", "health", "customers", "next_pull", "note")
        table(self.stdout, columns, [[one[key] for key in columns] for one in found])

    def _remove(self, options: dict[str, Any]) -> None:
        connection = _named(options["name"])
        found = retiring.foretell(connection.pk)
        try:
            retiring.remove(connection.pk, None)
        except (BusyError, LeaseLostError, retiring.RefusedError) as error:
            raise CommandError(f"{connection.name}: {error}") from None
        told = f"{found.links} records archived, {found.writes} waiting writes dropped"
        self.stdout.write(f"Removed {connection.name}: {told}. Its customers stay.")

    def _check(self, options: dict[str, Any]) -> None:
        connection = _named(options["name"])
        try:
            read = accounts.check(connection)
        except (ConnectorError, UnreadableSecretsError, accounts.OtherShopError) as error:
            raise CommandError(f"{connection.name}: {error}") from None
        known = f", and {read} known customers are still themselves" if read else ""
        self.stdout.write(f"{connection.name}: the vendor answers{known}.")


def _named(name: str) -> Connection:
    found = accounts.named(name)
    if found is None:
        raise CommandError(f"there is no connection named {name!r}")
    return found


def _pairs(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            # What was typed is not repeated: it may be a secret that lacks its key.
            raise CommandError("--set takes KEY=VALUE, and one of them has no key or no '='")
        found[key] = value
    return found


def _secret(slug: str, key: str, label: str) -> str:
    """A secret from the environment (VENDOR_KEY in capitals), else asked for, unseen."""
    variable = f"{slug}_{key}".upper()
    found = os.environ.get(variable, "")
    if found:
        return found
    if not sys.stdin.isatty():
        raise CommandError(f"{key} is missing: give --set {key}=... or the variable {variable}")
    return getpass.getpass(f"{label}: ")

"""`manage.py erase CUSTOMER [--reference R] [--ask-vendors] [--dry-run] [--json]`."""

import json
from argparse import ArgumentParser
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers import erasing, pursuing, pushing, scheduling
from customers.leases import BusyError, LeaseLostError
from customers.models import Customer, Erasure, ErasureState
from customers.terminal import table


@dataclass
class Line:
    """One vendor's record in the command's answer."""

    connection: str
    external_id: str
    state: str
    note: str


class Command(BaseCommand):
    help = (
        "Erase the person whom a customer stands for: everything that the hub knows of them, and "
        "what is to be done at each vendor. It cannot be taken back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer", type=int, metavar="CUSTOMER", help="the customer's number")
        parser.add_argument("--reference", default="", help="your own number for the request")
        parser.add_argument(
            "--ask-vendors", action="store_true", help="let the vendors that can delete do so"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="one object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = _preview(options) if options["dry_run"] else _erase(options)
        except Customer.DoesNotExist:
            raise CommandError(f"there is no customer {options['customer']}") from None
        except erasing.RefusedError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        done = "would be blank" if options["dry_run"] else "are blank"
        self.stdout.write(f"Customers that {done}: {', '.join(map(str, found['customers']))}")
        columns = list(Line.__dataclass_fields__)
        table(self.stdout, columns, [[one[name] for name in columns] for one in found["lines"]])


def _preview(options: dict[str, Any]) -> dict[str, Any]:
    found = erasing.preview(options["customer"], ask=options["ask_vendors"])
    if found.refused:
        raise erasing.RefusedError(found.refused)
    lines = [
        Line(one.link.connection.name, one.link.external_id, str(one.state), one.note)
        for one in found.records
    ]
    return _answer(None, found.customers, lines)


def _erase(options: dict[str, Any]) -> dict[str, Any]:
    """With what the vendors say at once."""
    customers = erasing.preview(options["customer"], ask=options["ask_vendors"]).customers
    erasure = erasing.erase(
        options["customer"], None, reference=options["reference"], ask=options["ask_vendors"]
    )
    for connection_id in sorted(set(erasure.lines.values_list("connection_id", flat=True))):
        pursuing.pursue(connection_id)
    for connection_id in scheduling.due_writes():
        if erasure.lines.filter(connection=connection_id, state=ErasureState.ASKED).exists():
            _push(connection_id)
    return _answer(erasure, customers, [_line(one) for one in _lines(erasure)])


def _push(connection_id: int) -> None:
    with suppress(BusyError, LeaseLostError):  # whoever holds the connection does it
        pushing.push(connection_id)


def _lines(erasure: Erasure) -> Any:
    return erasure.lines.select_related("connection").order_by("pk")


def _line(line: Any) -> Line:
    return Line(line.connection.name, line.external_id, line.state, line.proof or line.note)


def _answer(erasure: Erasure | None, customers: list[int], lines: list[Line]) -> dict[str, Any]:
    return {
        "erasure": None if erasure is None else erasure.pk,
        "customers": customers,
        "lines": [asdict(line) for line in lines],
    }

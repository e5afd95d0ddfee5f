"""`manage.py export [--format jsonl|csv] [--customer ID]`."""

import csv
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers import exporting
from customers.dossier import dossier
from customers.models import Customer


class Command(BaseCommand):
    help = "Write every customer with its fields and its links to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["jsonl", "csv"], default="jsonl")
        parser.add_argument(
            "--customer", type=int, metavar="ID", help="everything about this one, as one object"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["customer"] is not None:
            self._one(options["customer"])
            return
        if options["format"] == "jsonl":
            for row in exporting.rows():
                self.stdout.write(json.dumps(row, ensure_ascii=False))
            return
        writer = csv.DictWriter(self.stdout, exporting.columns(), lineterminator="\n")
        writer.writeheader()
        for row in exporting.rows():
            writer.writerow(exporting.flat(row))

    def _one(self, customer_id: int) -> None:
        try:
            found = dossier(customer_id)
        except Customer.DoesNotExist:
            raise CommandError(f"there is no customer {customer_id}") from None
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))

"""`manage.py export [--format jsonl|csv]`."""

import csv
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from customers import exporting


class Command(BaseCommand):
    help = "Write every customer with its fields and its links to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["jsonl", "csv"], default="jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["format"] == "jsonl":
            for row in exporting.rows():
                self.stdout.write(json.dumps(row, ensure_ascii=False))
            return
        writer = csv.DictWriter(self.stdout, exporting.columns(), lineterminator="\n")
        writer.writeheader()
        for row in exporting.rows():
            writer.writerow(exporting.flat(row))

"""`manage.py unmerge CUSTOMER [--from SURVIVOR] [--dry-run]`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.families import CannotMergeError
from customers.management.commands.merge import lines
from customers.unmerging import unmerge


class Command(BaseCommand):
    help = "Give a merged customer back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer", type=int, metavar="CUSTOMER", help="the merged one")
        parser.add_argument(
            "--from", type=int, dest="survivor", metavar="SURVIVOR", help="into whom it was merged"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            parting = unmerge(
                options["customer"], survivor=options["survivor"], dry=options["dry_run"]
            )
        except CannotMergeError as error:
            raise CommandError(str(error)) from None
        would = "would be given back" if options["dry_run"] else "given back"
        self.stdout.write(f"{parting.merged} {would} by {parting.survivor}")
        for line in lines(parting.changes, parting.tellings):
            self.stdout.write(line)
        links, staying = len(parting.links), len(parting.staying)
        self.stdout.write(f"  links given back: {links}, staying: {staying}")

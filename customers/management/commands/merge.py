"""`manage.py merge SURVIVOR OTHER [OTHER ...] [--dry-run] [--json]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.families import CannotMergeError
from customers.models import Connection
from customers.telling import Telling
from customers.uniting import Effect, merge
from customers.values import plain


class Command(BaseCommand):
    help = "Merge customers into one; unmerge gives them back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("survivor", type=int, metavar="SURVIVOR", help="whose id stays")
        parser.add_argument("others", type=int, nargs="+", metavar="OTHER")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--json", action="store_true", help="one object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            effect = merge(options["survivor"], options["others"], dry=options["dry_run"])
        except CannotMergeError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(as_json(effect)))
            return
        would = "would be merged" if options["dry_run"] else "merged"
        others = ", ".join(map(str, effect.others))
        self.stdout.write(f"{others} {would} into {effect.survivor}")
        for line in lines(effect.changes, effect.tellings):
            self.stdout.write(line)
        self.stdout.write(f"  links moved: {len(effect.links)}")
        for why in effect.vetoes:
            self.stderr.write(f"  note: {why}")


def lines(changes: dict[str, list[Any]], tellings: list[Telling]) -> list[str]:
    """What changes and who is told, a line each."""
    names = dict(Connection.objects.values_list("pk", "name"))
    found = [
        f"  {name}: {plain(name, before) or '-'} -> {plain(name, after) or '-'}"
        for name, (before, after) in changes.items()
    ]
    for one in tellings:
        where = f"{names[one.link.connection_id]} {one.link.external_id}"
        found.append(f"  to be told: {where}: {', '.join(one.fields)}")
    return found


def as_json(effect: Effect) -> dict[str, Any]:
    return {
        "survivor": effect.survivor,
        "merged": effect.others,
        "links": [link.id for link in effect.links],
        "changes": effect.changes,
        "vetoes": effect.vetoes,
        "told": [{"link": one.link.id, "fields": one.fields} for one in effect.tellings],
    }

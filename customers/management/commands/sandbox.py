"""Every vendor's API, faked on this machine, for trying and testing."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connectors.sandbox import SandboxServer, VendorSandbox, serve


class Command(BaseCommand):
    help = "Serve every vendor's API, faked, with invented people, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9700, help="0: any free one (9700)")
        parser.add_argument("--people", type=int, default=1200, help="how many to invent (1200)")
        parser.add_argument("--seed", type=int, default=1, help="other people for another seed (1)")
        parser.add_argument(
            "--state",
            type=Path,
            default=settings.VAR_DIR / "sandbox.sqlite3",
            help="the file that keeps the rows; what it holds already stays as it is",
        )
        parser.add_argument(
            "--latency", type=float, default=0.0, help="seconds added to each answer"
        )
        parser.add_argument(
            "--limits", action="store_true", help="refuse by the vendors' rate limits"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for ending in (signal.SIGINT, signal.SIGTERM):  # SIGINT also where a shell's & ignores it
            signal.signal(ending, lambda *_: stop.set())
        try:
            serving = serve(
                seed=options["seed"],
                people=options["people"],
                state=options["state"],
                port=options["port"],
                limits=options["limits"],
            )
            with serving as server:
                server.latency = options["latency"]
                self._describe(server)
                stop.wait()
        except OSError as error:
            raise CommandError(f"port {options['port']} cannot be served: {error}") from None

    def _describe(self, server: SandboxServer) -> None:
        for vendor in server.vendors.values():
            self.stdout.write(f"{vendor.slug}: {len(vendor.rows):,} customers at {vendor.base_url}")
            self.stdout.write(f"  {_connection(vendor)}\n")
        self.stdout.write(f"Set EXTRA_VENDOR_HOSTS={server.address} for the product to reach them.")
        self.stdout.write("Ctrl-C ends it; the rows are kept.")
        self.stdout.flush()


def _connection(vendor: VendorSandbox) -> str:
    """The command that adds a connection to this account."""
    pairs = {**vendor.credentials, **vendor.options}
    given = " ".join(f"--set {key}={value}" for key, value in pairs.items())
    return f"manage.py connections add {vendor.slug} {vendor.slug}-sandbox {given}"

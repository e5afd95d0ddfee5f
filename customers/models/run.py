"""One pull of one connection: its counts, its pages, and what it could not read."""

from django.conf import settings as django_settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.connection import Connection


class RunState(models.TextChoices):
    RUNNING = "running", _("Running")
    PARTIAL = "partial", _("More is due")
    COMPLETE = "complete", _("Complete")
    HELD = "held", _("Held: a person must look")
    FAILED = "failed", _("Failed")


UNFINISHED = (RunState.RUNNING, RunState.PARTIAL)


class RunKind(models.TextChoices):
    PULL = "pull", _("Pull")
    PUSH = "push", _("Push")
    MATCH = "match", _("Match")
    RULES = "rules", _("Rules")
    UNDO = "undo", _("Undo")


class Pulls(models.Manager["Run"]):
    def get_queryset(self) -> "models.QuerySet[Run]":
        return super().get_queryset().filter(kind=RunKind.PULL)


class Run(models.Model):
    """Counts of records, and what is needed to go on after a kill or to prove the scan.

    A pull or a push is of one connection; matching everything anew, applying rules and
    undoing are of the whole hub or of another run (`undoes`), and keep in `place` where they
    stand. The rest is a pull's:
    `mode`: `full`, `changed` or `new` (see `connectors.declare.Scan`), `since` its moment.
    `settings`: what its pages hang on (rows per page, credentials, options), as a digest.
    `unbroken`: no row can have been missed between its pages. `total_first`, `total_last`:
    the vendor's own count at the scan's start and end. `clock_first`: the vendor's clock
    at the first answer. `carried`: counts of passes whose pages are gone (a scroll that
    started again). `blanks`: field to [filled before, blank now]. `released_at`: the
    values that the run took may be sent to vendors.
    """

    MODES = [("full", _("Everything")), ("changed", _("Changes")), ("new", _("New customers"))]

    kind = models.CharField(
        _("kind"), max_length=8, choices=RunKind.choices, default=RunKind.PULL, db_default="pull"
    )
    connection = models.ForeignKey(
        Connection, models.PROTECT, null=True, related_name="runs", verbose_name=_("connection")
    )
    mode = models.CharField(_("what"), max_length=8, choices=MODES, blank=True)
    since = models.DateTimeField(_("since"), null=True)
    state = models.CharField(
        _("state"), max_length=10, choices=RunState.choices, default=RunState.RUNNING
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    busy_seconds = models.FloatField(_("seconds"), default=0.0)

    seen = models.PositiveIntegerField(_("seen"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    linked = models.PositiveIntegerField(_("linked"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    set_aside = models.PositiveIntegerField(_("set aside"), default=0)
    quarantined = models.PositiveIntegerField(_("quarantined"), default=0)
    asked = models.PositiveIntegerField(_("questions"), default=0)
    requests = models.PositiveIntegerField(_("requests"), default=0)

    error = models.TextField(_("what went wrong"), blank=True)
    settings = models.CharField(max_length=64, blank=True)
    restarts = models.PositiveSmallIntegerField(default=0)
    unbroken = models.BooleanField(default=True)
    total_first = models.PositiveIntegerField(null=True)
    total_last = models.PositiveIntegerField(null=True)
    proven = models.BooleanField(_("proven complete"), default=False)
    clock_first = models.DateTimeField(null=True)
    carried = models.JSONField(default=dict)
    blanks = models.JSONField(default=dict)
    released_at = models.DateTimeField(_("released"), null=True)
    released_by = models.CharField(_("released by"), max_length=150, blank=True)
    place = models.JSONField(null=True)
    by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by")

    objects = models.Manager["Run"]()
    pulls = Pulls()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind"],
                condition=models.Q(state__in=["running", "partial", "held"]),
                name="run_one_unfinished",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(
                    state__in=["running", "partial", "held"], connection__isnull=True
                ),
                name="run_one_of_the_hub",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection or self.get_kind_display()} {self.pk}"


class RunPage(models.Model):
    """A page that a run stored (or several that it stored together): where to go on, and the
    proof of what was seen.

    `number` counts from 0 in the run's current pass (of several it is the last one's);
    `position` is the connector's own, `next` the one that follows (None: the end). `ids`: the
    external ids on it. `counts`: what storing it did.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="pages", db_index=False)
    number = models.PositiveIntegerField()
    position = models.JSONField()
    next = models.JSONField(null=True)
    ids = models.JSONField()
    counts = models.JSONField(default=dict)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="runpage_unique")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"


class SetAside(models.Model):
    """A record that could not be read, with its text (never-store keys removed) and why.

    `external_id` is `""` when the id itself could not be read; `fingerprint` then tells
    one such record from another. `retry_at`: to be read again on its own."""

    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="set_aside", verbose_name=_("connection")
    )
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="set_aside_records")
    external_id = models.CharField(_("id at the vendor"), max_length=200, blank=True)
    fingerprint = models.CharField(max_length=32)
    text = models.TextField(_("record"))
    reason = models.TextField(_("reason"))
    first_at = models.DateTimeField(_("first met"), default=timezone.now)
    last_at = models.DateTimeField(_("last met"), default=timezone.now)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("record set aside")
        verbose_name_plural = _("records set aside")
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "external_id", "fingerprint"], name="setaside_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection} {self.external_id or '?'}"

"""One account at a vendor."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connectors.base import Connector
from connectors.registry import vendor, vendors
from customers.secrets import SecretsField


def vendor_choices() -> list[tuple[str, str]]:
    return [(slug, connector.label) for slug, connector in vendors().items()]


class Health(models.TextChoices):
    NEW = "new", _("Not pulled yet")
    OK = "ok", _("Working")
    WAITING = "waiting", _("Waiting to try again")
    STOPPED = "stopped", _("Stopped: needs a person")
    OTHER_SHOP = "other_shop", _("Refused: this is another shop")


class Present(models.Manager["Connection"]):
    """Those that were not removed: what is pulled, told, shown and offered."""

    def get_queryset(self) -> "models.QuerySet[Connection]":
        return super().get_queryset().filter(removed_at__isnull=True)


class Connection(models.Model):
    """Credentials, options, trust and schedule of one account, and where its pulls stand.

    `lease_*` say which worker talks to the vendor; `cursor` is the vendor's clock up to
    which changes are known; `fingerprint` marks the credentials and options under which
    the account was last seen to be the same shop. `write_*`: writes that failed in a row, the
    moment before which none is sent, and why. `quota`: what the vendor last said is left of its
    own: `left`, `limit`, and `seen` and `until` in seconds since 1970; None where it never did.
    `removed_*`: it is no more (see `customers.retiring`), and its name is free again.
    """

    name = models.CharField(_("name"), max_length=80)
    vendor = models.CharField(_("vendor"), max_length=40, choices=vendor_choices)
    credentials = SecretsField(_("credentials"), default=dict)
    options = models.JSONField(_("options"), default=dict, blank=True)
    region = models.CharField(
        _("region"),
        max_length=2,
        blank=True,
        help_text=_("The country (EC, BR, ...) by which local phones and documents are read"),
    )
    trust = models.PositiveSmallIntegerField(
        _("trust"),
        default=50,
        validators=[MaxValueValidator(100)],
        help_text=_("0 to 100. Higher wins where nobody has edited a value"),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    writes = models.BooleanField(
        _("write to the vendor"), default=False, editable=False, db_default=False
    )
    fill_empty = models.BooleanField(
        _("fill empty fields there"), default=False, editable=False, db_default=False
    )
    page_size = models.PositiveSmallIntegerField(
        _("rows per page"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    requests_per_minute = models.PositiveSmallIntegerField(
        _("requests per minute"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    pull_minutes = models.PositiveIntegerField(
        _("pull every (minutes)"), default=15, validators=[MinValueValidator(1)]
    )

    cursor = models.DateTimeField(_("changes known up to"), null=True, editable=False)
    scanned_at = models.DateTimeField(_("last complete scan"), null=True, editable=False)
    due_at = models.DateTimeField(_("next pull"), default=timezone.now, editable=False)
    health = models.CharField(
        _("health"), max_length=12, choices=Health.choices, default=Health.NEW, editable=False
    )
    health_note = models.TextField(_("what is wrong"), blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    write_failures = models.PositiveSmallIntegerField(default=0, editable=False, db_default=0)
    write_after = models.DateTimeField(null=True, editable=False)
    write_note = models.TextField(_("what stops writing"), blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    quota = models.JSONField(null=True, editable=False)

    lease_owner = models.CharField(max_length=80, blank=True, editable=False)
    lease_generation = models.PositiveBigIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
    )

    objects = models.Manager["Connection"]()
    present = Present()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ["name"]
        permissions = [("write_vendors", "Can turn on writing to vendors, and approve plans")]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(removed_at__isnull=True),
                name="connection_name_unique",
            ),
            models.CheckConstraint(condition=models.Q(trust__lte=100), name="connection_trust"),
        ]
        indexes = [models.Index(fields=["due_at"], name="connection_due")]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Connection {self.pk} {self.name!r} ({self.vendor})>"

    @property
    def connector_class(self) -> type[Connector]:
        """Raises ConfigurationError when the vendor's folder is gone."""
        return vendor(self.vendor)

    @property
    def country(self) -> str:
        """The region by which local phones are read: the connection's, else the vendor's."""
        return self.region or self.connector_class.region

    @property
    def pull_interval(self) -> timedelta:
        return timedelta(minutes=self.pull_minutes)

    def public_options(self) -> dict[str, Any]:
        """The options that are set, without any that the vendor declares secret."""
        secret = {option.key for option in self.connector_class.options if option.secret}
        return {key: value for key, value in self.options.items() if key not in secret}

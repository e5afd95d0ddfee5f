"""Erasing a person: what was asked of whom, and what keeps the person from coming back."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.connection import Connection


class Erasure(models.Model):
    """A person's wish to be forgotten. `customer`: the id that they had; nothing else of them
    is kept here. Closed when every line is done."""

    customer = models.BigIntegerField(_("customer"))
    reference = models.CharField(
        _("reference"),
        max_length=100,
        blank=True,
        help_text=_("Your own number for the request; no name, no e-mail"),
    )
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{_('Erasure')} {self.pk}"


class ErasureState(models.TextChoices):
    ASKED = "asked", _("Asked of the vendor")
    BY_HAND = "by_hand", _("To be done by hand")
    CONFIRMED = "confirmed", _("Confirmed")


class ErasureLine(models.Model):
    """What becomes of one record at one vendor. `external_id` is kept only until the line is
    confirmed; `proof` says how that was seen or who attached what. Where the vendor is asked to
    delete it, the `write` of the line is the journal of that. `due_at`: it is looked whether it
    is gone; `attempts`: looks without an answer."""

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="lines")
    connection = models.ForeignKey(
        Connection, models.PROTECT, related_name="+", verbose_name=_("connection")
    )
    external_id = models.CharField(_("id at the vendor"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ErasureState.choices)
    note = models.TextField(_("note"), blank=True)
    proof = models.TextField(_("proof"), blank=True)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("erasure line")
        verbose_name_plural = _("erasure lines")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.erasure_id} {self.connection}"


class ErasedRecord(models.Model):
    """A keyed hash of (connection, external id): a pull that meets it leaves it alone."""

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "digest"], name="erasedrecord_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} {bytes(self.digest).hex()[:8]}"

"""What the hub was told once and for all: rules for fields, and how matching decides."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.connection import Connection


class FieldRule(models.Model):
    """A field belongs to one connection: its value wins where survivorship chooses and where
    two sides disagree; another's is settled apart, by rule. One enabled rule a field."""

    field = models.CharField(_("field"), max_length=40)
    connection = models.ForeignKey(
        Connection, models.PROTECT, related_name="rules", verbose_name=_("connection")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    note = models.TextField(_("why"), blank=True)
    born_of = models.ForeignKey(
        "customers.Conflict", models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("added by"),
        editable=False,
        db_index=False,
    )
    ended_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["field", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["field"],
                condition=models.Q(enabled=True),
                name="fieldrule_one_for_a_field",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.connection}"


class MatchSettings(models.Model):
    """How matching decides; one row. Pairs whose evidence weighs `link_from` or more are
    linked at once, those from `ask_from` on are asked, the rest is left apart. None: the
    defaults that ship. `learnt`: weights and name frequencies learnt from the data."""

    link_from = models.FloatField(_("link from"), null=True, blank=True)
    ask_from = models.FloatField(_("ask from"), null=True, blank=True)
    learnt = models.JSONField(null=True, editable=False)
    learnt_at = models.DateTimeField(_("learnt"), null=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), null=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("matching")
        verbose_name_plural = _("matching")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="matchsettings_one_row"),
            models.CheckConstraint(
                condition=models.Q(ask_from__isnull=True)
                | models.Q(link_from__isnull=True)
                | models.Q(ask_from__lte=models.F("link_from")),
                name="matchsettings_order",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Matching"))

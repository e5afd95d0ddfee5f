"""The golden record, and the keys by which it is found."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Customer(models.Model):
    """One person or company, however many vendors know them.

    Texts are `""` where there is none. `document` keeps its type (`cpf`), number and
    country (alpha-2) in three columns; `address` is the parts of one address.
    `provenance` says per field where its value came from: `[source, id, run, when]` with
    source `link` or `person`; the entry `*` stands for every field not named.
    `others`: further e-mails, phones and documents that a person typed. `pins`: field to
    `[user, when, why]`, a value that no vendor moves. `ignored`: field to a list of `[value,
    user, when, why]`, values that never become golden. `merged_into`: the customer that this
    one was merged into; its own row stays as it was then, so that it can be given back.
    `erased_at`: the person was erased; nothing but the row's id is left.
    """

    KINDS: ClassVar = [("person", _("Person")), ("company", _("Company"))]
    GENDERS: ClassVar = [("female", _("Female")), ("male", _("Male"))]

    kind = models.CharField(_("kind"), max_length=10, choices=KINDS, blank=True)
    name = models.TextField(_("name"), blank=True)
    given_name = models.TextField(_("given name"), blank=True)
    family_name = models.TextField(_("family name"), blank=True)
    company_name = models.TextField(_("company name"), blank=True)
    state_registration = models.TextField(_("state registration"), blank=True)
    email = models.TextField(_("e-mail"), blank=True)
    phone = models.TextField(_("phone"), blank=True)
    document_type = models.CharField(_("document type"), max_length=40, blank=True)
    document_number = models.TextField(_("document number"), blank=True)
    document_country = models.CharField(_("document country"), max_length=40, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=10, choices=GENDERS, blank=True)
    address = models.JSONField(_("address"), default=dict, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, editable=False)
    notes = models.TextField(_("notes"), blank=True)
    accepts_marketing = models.BooleanField(_("accepts marketing"), null=True, blank=True)
    accepts_whatsapp = models.BooleanField(_("accepts WhatsApp"), null=True, blank=True)

    others = models.JSONField(default=dict, blank=True, editable=False)
    provenance = models.JSONField(default=dict, editable=False)
    pins = models.JSONField(null=True, editable=False)
    ignored = models.JSONField(null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", editable=False, db_index=False
    )
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-id"]
        permissions = [
            ("see_documents", "Can see documents whole"),
            ("export_customers", "Can export customers"),
            ("merge_customers", "Can merge and unmerge customers"),
            ("erase_customer", "Can erase a customer"),
        ]
        indexes = [
            models.Index(fields=["country"], name="customer_country"),
            models.Index(
                fields=["merged_into"],
                name="customer_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.company_name or self.email or self.phone or f"#{self.pk}"


class MatchKey(models.Model):
    """A normalised e-mail, phone or document. One row a value: whoever matches by it locks
    it first. Retired (`retired_at`) when too many different people carry it."""

    kind = models.CharField(_("kind"), max_length=10)
    value = models.CharField(_("value"), max_length=255)
    retired_at = models.DateTimeField(_("retired"), null=True)

    class Meta:
        verbose_name = _("match key")
        verbose_name_plural = _("match keys")
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="matchkey_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class KeyHolder(models.Model):
    """A customer holds a key because of a link's record, or (link empty) by a person's word.

    `carrier` says who on that record carries it: the valid document, else the name's parts.
    Derived from links and customers, and many: no foreign key is checked row by row.
    """

    key = models.ForeignKey(MatchKey, models.CASCADE, related_name="holders", db_constraint=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="keys", db_constraint=False)
    link = models.ForeignKey(
        "customers.CustomerLink",
        models.CASCADE,
        null=True,
        related_name="keys",
        db_constraint=False,
        db_index=False,
    )
    carrier = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "key"], name="keyholder_link_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} held by {self.customer_id}"


class BlockHolder(models.Model):
    """A customer stands in a block: a hash of parts of its values, by which likely matches
    are looked for. Derived, and many: no foreign key is checked row by row."""

    pk = models.CompositePrimaryKey("block", "customer")
    block = models.BigIntegerField()
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"{self.block} holds {self.customer_id}"

"""A customer as one vendor states it, in our fields.

`None` means that the vendor did not say; an empty value (`""`, `Name()`, `Address()`,
`Document()`) means that the vendor says there is none.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct, field

Kind = Literal["person", "company"]
Gender = Literal["male", "female", ""]

FIELDS = (
    "kind",
    "name",
    "company_name",
    "state_registration",
    "email",
    "phone",
    "document",
    "birth_date",
    "gender",
    "address",
    "notes",
    "accepts_marketing",
    "accepts_whatsapp",
)
"""The shared fields, each of which is merged as one value."""


class Name(Struct, frozen=True, omit_defaults=True):
    """A name in two parts, or in `full` when the vendor keeps one string."""

    given: str = ""
    family: str = ""
    full: str = ""

    @property
    def joined(self) -> str:
        return self.full or " ".join(part for part in (self.given, self.family) if part)

    @property
    def parted(self) -> tuple[str, str]:
        """Given and family name; one string is cut at its first space."""
        if self.given or self.family:
            return self.given, self.family
        given, _, family = self.full.partition(" ")
        return given, family.strip()


class Document(Struct, frozen=True, omit_defaults=True):
    """An identity document. `type` is lower case (`cpf`, `cedula`, `dni`, ... or `""`
    when the vendor does not say); `country` is ISO 3166-1 alpha-2 or `""`."""

    type: str = ""
    number: str = ""
    country: str = ""


class Address(Struct, frozen=True, omit_defaults=True):
    """A postal address, which moves as one. `country` is as the vendor wrote it."""

    street: str = ""
    number: str = ""
    complement: str = ""
    neighbourhood: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


class CustomerRecord(Struct, frozen=True, kw_only=True):
    """One vendor's record of a customer.

    `birth_date` is `YYYY-MM-DD`. `owned` holds what belongs to the vendor and is never
    pushed (money spent, groups, status), JSON values only. `anonymized` is the vendor's
    sign that the person was erased there: such a record changes no field.
    """

    external_id: str
    kind: Kind | None = None
    name: Name | None = None
    company_name: str | None = None
    state_registration: str | None = None
    email: str | None = None
    phone: str | None = None
    document: Document | None = None
    birth_date: str | None = None
    gender: Gender | None = None
    address: Address | None = None
    notes: str | None = None
    accepts_marketing: bool | None = None
    accepts_whatsapp: bool | None = None
    other_emails: tuple[str, ...] = ()
    other_phones: tuple[str, ...] = ()
    other_documents: tuple[Document, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    owned: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    anonymized: bool = False

"""Profiles for the tests of matching, from what a vendor would say."""

from typing import Any

from hypothesis import strategies as st

from connectors.records import Address, CustomerRecord, Document, Name
from customers.normalise import state
from customers.profiles import Profile, of_statement

CPF, OTHER_CPF = "52998224725", "11144477735"
HOME = Address(
    street="Rua das Flores", number="12", city="Recife", state="PE", postal_code="50010000"
)


def who(
    name: str = "", *, given: str = "", family: str = "", cpf: str = "", passport: str = "",
    company: str = "", **said: Any,
) -> Profile:  # fmt: skip
    """A profile of a Brazilian record. `name` is in one string."""
    if name or given or family:
        said["name"] = Name(given=given, family=family, full=name)
    if cpf or passport:
        said["document"] = Document("cpf" if cpf else "passport", cpf or passport)
    if company:
        said |= {"company_name": company, "kind": "company"}
    return of_statement(state(CustomerRecord(external_id="1", **said), "BR"))


# Words near enough to one another for every level to occur.
_WORDS = (
    "José Jose Pepe Josefa Maria Mario María Ana Ane J. M. Silva Silvo Siva Sylva García Garcia "
    "Garcua López Lopes da de Filho Júnior Neto Ltda Aurora"
).split()
_names = st.lists(st.sampled_from(_WORDS), max_size=4).map(" ".join)
FIELDS = {
    "name": st.one_of(
        st.builds(Name, given=_names, family=_names), st.builds(Name, full=_names), st.none()
    ),
    "kind": st.sampled_from(["person", "company", None]),
    "email": st.sampled_from(
        ["ana@example.com", "ana@example.org", "anna@example.com", "jose@example.com", None]
    ),
    "phone": st.sampled_from(
        ["+5511987654321", "+5511987654322", "+5511897654321", "+551198765432", "+593990123456",
         None]
    ),
    "document": st.sampled_from(
        [Document("cpf", CPF), Document("cpf", OTHER_CPF), Document("passport", "AB123457"),
         Document("passport", "AB123475"), Document("cpf", "52998224752"), None]
    ),
    "birth_date": st.sampled_from(
        ["1980-02-03", "1980-03-02", "1980-02-04", "1981-02-03", "1965-12-30", "1980-07-03", None]
    ),
    "address": st.sampled_from(
        [HOME, Address(street="R. Flores", number="12", city="Recife"),
         Address(street="Rua da Paz", number="7", city="Recife", postal_code="50010001"),
         Address(street="Calle Sucre", number="12", city="Quito", state="Pichincha"), None]
    ),
    "other_emails": st.sampled_from([(), ("jose@example.org",), ("ana@example.com",)]),
    "other_phones": st.sampled_from([(), ("+5511987654321",), ("+5511912345678",)]),
}  # fmt: skip
said = st.fixed_dictionaries(FIELDS)


def profile_of(said: dict[str, Any]) -> Profile:
    return of_statement(state(CustomerRecord(external_id="1", **said), "BR"))


profiles = said.map(profile_of)

"""What hypothesis draws customers from: texts as vendors send them, records, values."""

from hypothesis import strategies as st

from connectors.fields import clean
from connectors.records import Address, CustomerRecord, Document, Name

# Letters with and without accents, digits, what numbers are written with, and odd ones.
LETTERS = "aAeEoOzZ áÉñçÜ ßİ 0123456789 .-/+()@'\"\\\t\n,;🙂"
REGIONS = ("EC", "AR", "US", "AZ", "BR", "MX", "CL", "PE")

texts = st.text(LETTERS, max_size=14).map(clean)
names = st.one_of(
    st.builds(Name, given=texts, family=texts),
    st.builds(Name, full=texts),
)
emails = st.one_of(
    texts,
    st.builds(
        "{}@{}.example".format,
        st.text("aBc.é1", min_size=1, max_size=6),
        st.sampled_from(["one", "Two"]),
    ),
)
phones = st.one_of(texts, st.from_regex(r"\A\+?[0-9][0-9 ().-]{6,16}\Z").map(clean))
documents = st.builds(
    Document,
    type=st.sampled_from(["", "cpf", "cnpj", "cedula", "cédula", "ruc", "dni", "rut", "passport"]),
    number=st.one_of(
        texts,
        st.sampled_from(
            ["529.982.247-25", "52998224725", "1710034065", "171003406-5", "AB123457", "9999999999"]
        ),
    ),
    country=st.sampled_from(["", "BR", "EC", "CL"]),
)
addresses = st.builds(Address, street=texts, number=texts, city=texts, country=texts)
days = st.dates().map(lambda day: day.isoformat())


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), values)


regions = st.sampled_from(REGIONS)
records = st.builds(
    CustomerRecord,
    external_id=st.just("1"),
    kind=maybe(st.sampled_from(["person", "company"])),
    name=maybe(names),
    company_name=maybe(texts),
    email=maybe(emails),
    phone=maybe(phones),
    document=maybe(documents),
    birth_date=maybe(st.one_of(st.just(""), days)),
    gender=maybe(st.sampled_from(["male", "female", ""])),
    address=maybe(addresses),
    notes=maybe(texts),
    accepts_marketing=maybe(st.booleans()),
    accepts_whatsapp=maybe(st.booleans()),
    other_emails=st.lists(emails, max_size=2).map(tuple),
    other_phones=st.lists(phones, max_size=2).map(tuple),
    other_documents=st.lists(documents, max_size=2).map(tuple),
)

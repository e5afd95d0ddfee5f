"""The look-ups `holds` and `begins` of `Customer.search_text`: a text that holds a term, or one of
whose words begins with it.

PostgreSQL's trigram index serves `LIKE`; SQLite's is a table of its own (see
`customers.search_index`). The answers are the same.
"""

from typing import Any

from django.db.models import TextField
from django.db.models.lookups import Contains

LEAST, MOST = 8, 16  # letters of an e-mail that the index is asked for
Sql = tuple[str, tuple[str | int, ...]]
SHORTEST = 3  # letters that SQLite's index knows; fewer are looked for by walking the table


@TextField.register_lookup
class Holds(Contains):
    lookup_name = "holds"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return str(connection.operators["contains"] % rhs)

    def as_postgresql(self, compiler: Any, connection: Any) -> Sql:
        part = telling(self.rhs)
        if part == self.rhs:
            return super().as_sql(compiler, connection)
        column, params = self.process_lhs(compiler, connection)
        like = connection.operators["contains"] % "%s"
        asked, whole = (f"%{connection.ops.prep_for_like_query(one)}%" for one in (part, self.rhs))
        # With nothing appended to it the column is not the index's: this only looks again.
        return f"({column} {like} AND {column} || '' {like})", (*params, asked, *params, whole)

    def as_sqlite(self, compiler: Any, connection: Any) -> Sql:
        if len(self.rhs) < SHORTEST:
            return super().as_sql(compiler, connection)
        return _in_index(self, compiler, [self.rhs])


def telling(term: str) -> str:
    """The part of a term by which it is looked up in PostgreSQL's index, which is read for every
    three letters of it. An e-mail's domain is on so many customers that reading it takes longest
    and tells least; the end of what is before it suffices, unless that is one plain word
    (`contato@`), which many have.
    """
    local, at, _domain = term.partition("@")
    if not at or len(local) < LEAST or local.isalpha():
        return term
    return f"{local[-MOST:]}@"


@TextField.register_lookup
class Begins(Contains):
    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        column, params = self.process_lhs(compiler, connection)
        term = connection.ops.prep_for_like_query(self.rhs)
        like = connection.operators["contains"] % "%s"
        patterns = [f"{term}%", f"%\n{term}%", f"% {term}%"]
        parts = " OR ".join([f"{column} {like}"] * len(patterns))
        return f"({parts})", tuple(one for pattern in patterns for one in (*params, pattern))

    def as_sqlite(self, compiler: Any, connection: Any) -> Sql:
        if len(self.rhs) < SHORTEST - 1:
            return self.as_sql(compiler, connection)
        return _in_index(self, compiler, [f"\n{self.rhs}", f" {self.rhs}"])


def _in_index(lookup: Any, compiler: Any, terms: list[str]) -> Sql:
    """The rows whose text, with a line's end before it, holds one of the terms."""
    quoted = (term.replace('"', '""') for term in terms)
    query = " OR ".join(f'"{term}"' for term in quoted)
    key = compiler.quote_name_unless_alias(lookup.lhs.target.model._meta.pk.column)
    row = f"{compiler.quote_name_unless_alias(lookup.lhs.alias)}.{key}"
    index = "customers_search"
    return f"{row} IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)", (query,)  # noqa: S608

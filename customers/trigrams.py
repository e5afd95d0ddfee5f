"""The look-ups `holds` and `begins` of `Customer.search_text`: a text that holds a term, or one of
whose words begins with it.

PostgreSQL's trigram index serves `LIKE`; SQLite's is a table of its own (see
`customers.search_index`). The answers are the same.
"""

from typing import Any

from django.db.models import TextField
from django.db.models.lookups import Contains

Sql = tuple[str, tuple[str | int, ...]]
SHORTEST = 3  # letters that SQLite's index knows; fewer are looked for by walking the table


@TextField.register_lookup
class Holds(Contains):
    lookup_name = "holds"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return str(connection.operators["contains"] % rhs)

    def as_sqlite(self, compiler: Any, connection: Any) -> Sql:
        if len(self.rhs) < SHORTEST:
            return super().as_sql(compiler, connection)
        return _in_index(self, compiler, [self.rhs])


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

"""The `within` lookup: `IN` with one parameter where the database takes a list.

A look-up by hundreds of values is half as dear when its text does not grow with them:
`filter(pk__within=ids)` is `= ANY(ids)` on PostgreSQL and `IN (...)` elsewhere. The values
are taken as they are: give each in its column's own type.
"""

from typing import Any

from django.db.models import Field, ForeignKey
from django.db.models.lookups import In


@ForeignKey.register_lookup
@Field.register_lookup
class Within(In):
    lookup_name = "within"
    prepare_rhs = False

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, self.rhs]

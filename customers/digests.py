"""Has a record changed? First by its bytes, then by what it means. Pure.

Both digests take in the mapping's version and the connection's region, so that a better
mapping or another region reads every record anew.
"""

from hashlib import blake2b

from connectors.records import CustomerRecord
from customers.normalise import Texts
from customers.values import to_json

# Raised when normalising changes what it gives for the same record.
HUB_VERSION = 1
SIZE = 16


class Digester:
    """Digests of one connection's records."""

    def __init__(self, mapping_version: int, region: str) -> None:
        self._salt = f"{HUB_VERSION}:{mapping_version}:{region}:".encode()

    def raw(self, row: bytes) -> bytes:
        """Of a record's own JSON bytes."""
        return blake2b(self._salt + row, digest_size=SIZE).digest()

    def canonical(self, record: CustomerRecord, said: Texts) -> bytes:
        """Of what the record says, without its times and without volatile fields (which a
        connector leaves out of `owned`)."""
        meaning = (to_json(record.external_id), *said, to_json(record.anonymized))
        text = f"[{','.join(meaning)}]"
        return blake2b(self._salt + text.encode(), digest_size=SIZE).digest()

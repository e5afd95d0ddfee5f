"""Errors, named for what happens next."""

from collections.abc import Mapping


class ConnectorError(Exception):
    """Base of all that a connector raises. Its text is safe to show: it holds no
    credential and at most 500 characters of the vendor's words."""


class ConfigurationError(ConnectorError):
    """Stop and tell a person: credentials refused, an option missing, a host not allowed."""


class TemporaryError(ConnectorError):
    """Try again after `retry_after` seconds (None: the caller's own back-off)."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RejectedError(ConnectorError):
    """The vendor refused this record. `fields` maps its field names to its words."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class NotFoundError(ConnectorError):
    """The vendor's own word that it has no such record."""


class UnexpectedResponseError(ConnectorError):
    """The answer is not what the vendor's page describes: fail this step, keep the rest."""


class OutcomeUnknownError(ConnectorError):
    """A writing request may or may not have been carried out: look before trying again."""


class UnreadableRecordError(ConnectorError):
    """One record does not parse: set it aside, go on with its neighbours."""


class NotSupportedError(ConnectorError):
    """The vendor has no such call, or the connection's options leave it off."""

"""Every exception that a user can meet. The family tells the reader whose turn it is.

A message says where, what was found, what was expected and what to do. A numerical failure is
not an exception: it is a status that travels with the numbers.
"""


class DetenteError(Exception):
    """Base of every error that is about something a user can change."""


class CaseError(DetenteError):
    """A case file cannot be used as it stands; the message lists all its faults."""


class ModelError(DetenteError):
    """A model's description contradicts itself."""


class UsageError(DetenteError):
    """A call or a command asks for something that does not exist or cannot be done."""


class RunError(DetenteError):
    """A run folder cannot be written, read or continued."""

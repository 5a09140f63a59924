"""What each mail of hubs is, and the fields HQ may use in it."""

from hubs.mails import registrations

__all__ = ["registrations"]

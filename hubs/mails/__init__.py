"""What each mail of hubs is, and the fields HQ may use in it."""

from hubs.mails import applications, hubs, recruitment, registrations, training

__all__ = ["applications", "hubs", "recruitment", "registrations", "training"]

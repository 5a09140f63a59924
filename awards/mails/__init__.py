"""What each mail of reviews and awards is, and the fields HQ may use in it."""

from awards.mails import outcomes, reviews

__all__ = ["outcomes", "reviews"]

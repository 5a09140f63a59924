"""What each mail of reviews and awards is, and the fields HQ may use in it."""

from awards.mails import assigning, outcomes, reviews

__all__ = ["assigning", "outcomes", "reviews"]

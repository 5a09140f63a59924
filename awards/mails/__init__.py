"""What each mail of reviews and awards is, and the fields HQ may use in it."""

from awards.mails import appeals, assigning, outcomes, renewal, reviews

__all__ = ["appeals", "assigning", "outcomes", "renewal", "reviews"]

from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """A person's secret calendar address, signed from ``nonce``; a new nonce revokes the old address."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=32)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text="When a calendar last asked")

    def __str__(self) -> str:
        return f"Calendar of {self.user}"

from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """A person's secret calendar address, signed from ``nonce``; a new nonce revokes the old address.

    ``digest`` is of what the address last gave and ``changed_at`` when that last became something else: a
    date that went away has no date of its own, so the rows can't tell. ``reads`` counts the asking since
    ``reads_from``.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=32)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text="When a calendar last asked")
    reads = models.PositiveIntegerField(default=0)
    reads_from = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Calendar of {self.user}"

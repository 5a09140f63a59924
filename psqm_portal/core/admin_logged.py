"""What is done in Django's admin, which is for support, stands in the log beside everything else (S33)."""

import json
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models.signals import post_save
from django.dispatch import receiver

from psqm_portal.core import log

WORDS = {ADDITION: "admin.added", CHANGE: "admin.changed", DELETION: "admin.deleted"}


@receiver(post_save, sender=LogEntry, dispatch_uid="log")
def _tell(instance: LogEntry, created: bool, **_: Any) -> None:  # noqa: FBT001 - as the signal gives it
    if created and instance.content_type is not None:
        model, pk = instance.content_type.model, str(instance.object_id)
        about = f"{'person' if model == 'user' else model}:{pk}" if pk.isdigit() else ""
        log.write(
            WORDS[instance.action_flag], by=instance.user_id, now=instance.action_time, about=about,
            detail=_fields(instance.change_message),
        )  # fmt: skip


def _fields(message: str) -> str:
    """The names of the fields that were changed, never what they hold."""
    try:
        changes = json.loads(message)
    except ValueError:
        return ""
    return ", ".join(name for change in changes for name in change.get("changed", {}).get("fields", []))

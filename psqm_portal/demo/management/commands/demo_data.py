"""Fills an empty portal with the demonstration's people, schools and rounds."""

from typing import Any

from django.core.management.base import BaseCommand

from psqm_portal.core.clock import now
from psqm_portal.demo.story.telling import tell


class Command(BaseCommand):
    help = "Makes the demonstration's data, once: does nothing where it is there already."

    def handle(self, *args: Any, **options: Any) -> None:
        made = tell(now())
        self.stdout.write(
            "The demonstration's data is made." if made else "The demonstration's data is there already."
        )

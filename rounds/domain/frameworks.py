"""Editing a framework's texts. Its structure (levels, strands, criteria, documents) stays."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.queries import hq_roles
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from psqm_portal.core.roles import Role
from rounds.models import CoreDocument, Criterion, Descriptor, Framework

FEWEST_WORDS, MOST_WORDS = 50, 5000


def _require_admin(by: User | None) -> None:
    if by is not None and Role.HQ_ADMIN not in hq_roles(by):
        raise PermissionDenied


@transaction.atomic
def change_framework(
    framework: Framework,
    *,
    reflection_words: int,
    is_active: bool,
    note: str = "",
    by: User | None,
    now: datetime,
) -> None:
    _require_admin(by)
    if not FEWEST_WORDS <= reflection_words <= MOST_WORDS:
        raise Refused(f"The word limit has to be between {FEWEST_WORDS} and {MOST_WORDS}.")
    framework = Framework.objects.select_for_update().get(pk=framework.pk)
    framework.reflection_words, framework.is_active = reflection_words, is_active
    framework.save(update_fields=["reflection_words", "is_active"])
    _remember(framework, f"{reflection_words} words", note, by=by, now=now)


@transaction.atomic
def change_criterion(
    criterion: Criterion,
    *,
    title: str,
    guidance: str,
    descriptors: Mapping[int, str],
    note: str = "",
    by: User | None,
    now: datetime,
) -> None:
    """``descriptors``: a level's id → what meeting the criterion looks like at it. None may be empty."""
    _require_admin(by)
    if not title.strip() or any(not text.strip() for text in descriptors.values()):
        raise Refused("A criterion needs a title and a description for each level.")
    framework = criterion.strand.framework
    levels = set(framework.levels.values_list("pk", flat=True))
    if set(descriptors) - levels:
        raise ValueError("A level of another framework.")
    criterion.title, criterion.guidance = title.strip(), guidance.strip()
    criterion.save(update_fields=["title", "guidance"])
    for level_id, text in descriptors.items():
        Descriptor.objects.update_or_create(
            criterion=criterion, level_id=level_id, defaults={"text": text.strip()}
        )
    _remember(framework, criterion.code, note, by=by, now=now)


@transaction.atomic
def change_document(
    document: CoreDocument, *, title: str, guidance: str, note: str = "", by: User | None, now: datetime
) -> None:
    _require_admin(by)
    if not title.strip():
        raise Refused("A document needs a title.")
    document.title, document.guidance = title.strip(), guidance.strip()
    document.save(update_fields=["title", "guidance"])
    _remember(document.framework, document.code, note, by=by, now=now)


def _remember(framework: Framework, what: str, note: str, *, by: User | None, now: datetime) -> None:
    HistoryEntry.objects.create(
        machine="framework",
        subject_id=framework.pk,
        action="edit",
        target=what[:30],
        reason=note,
        by=by,
        at=now,
    )

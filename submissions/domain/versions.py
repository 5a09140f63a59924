"""Versions of a part: its whole content at a moment, and the digest that pins it.

A content is plain JSON: ``text``, ``rows`` (of an action plan) and ``evidence`` (links with captions, in
the order they were made). Consent isn't part of it: a photo withdrawn after sign-off doesn't undo the
sign-off, it is hidden wherever the version is shown.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import prefetch_related_objects

from accounts.models import User
from submissions.models import ActionRow, EvidenceLink, Part, PartVersion

# One person's saves within this time fold into one version.
FOLD = timedelta(minutes=10)


def contents_of(parts: Iterable[Part]) -> dict[int, dict[str, Any]]:
    """Content by part id; the same number of queries for one part and for all of them."""
    parts = list(parts)
    prefetch_related_objects(parts, "rows__criterion", "evidence_links__evidence__file")
    return {part.pk: _content(part) for part in parts}


def content_of(part: Part) -> dict[str, Any]:
    """The content as the database has it now."""
    return contents_of([Part.objects.get(pk=part.pk)])[part.pk]


def digest_of(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def keep_version(part: Part, *, by: User | None, now: datetime, fold: bool = True) -> PartVersion:
    """Keep the part's present content as its newest version and return it.

    An unchanged content makes no new version; the same person's change within ten minutes folds into
    the newest one, unless that one is pinned. ``fold`` False: what was typed is replaced as a whole, and
    its version stays. Call with the submission locked.
    """
    content = content_of(part)
    digest = digest_of(content)
    newest = part.versions.order_by("-number").first()
    if newest is not None and newest.digest == digest:
        return newest
    if fold and newest is not None and _folds(newest, part, by, now):
        newest.content, newest.digest, newest.saved_at = content, digest, now
        newest.save(update_fields=["content", "digest", "saved_at"])
        return newest
    return PartVersion.objects.create(
        part=part,
        number=newest.number + 1 if newest else 1,
        content=content,
        digest=digest,
        saved_by=by,
        started_at=now,
        saved_at=now,
    )


def changed_since_sign_off(parts: Iterable[Part]) -> list[Part]:
    """Signed-off parts whose content isn't the pinned one any more."""
    parts = list(parts)
    contents = contents_of(parts)
    return [
        part
        for part in parts
        if part.signed_version is None or part.signed_version.digest != digest_of(contents[part.pk])
    ]


def _folds(newest: PartVersion, part: Part, by: User | None, now: datetime) -> bool:
    return (
        newest.saved_by_id == (by.pk if by else None)
        and now - newest.started_at < FOLD
        and part.signed_version_id != newest.pk
        and part.status in {Part.Status.DRAFT, Part.Status.RETURNED}
    )


def _content(part: Part) -> dict[str, Any]:
    rows = sorted(part.rows.all(), key=lambda row: (row.position, row.pk))
    links = sorted(part.evidence_links.all(), key=lambda link: link.pk)
    content = {
        "text": part.text,
        "rows": [_row(row) for row in rows],
        "evidence": [_link(link) for link in links if link.evidence.removed_at is None],
    }
    return json.loads(json.dumps(content, cls=DjangoJSONEncoder))


def _row(row: ActionRow) -> dict[str, Any]:
    return {
        "criterion": f"{row.criterion.code} {row.criterion.title}",
        "objective": row.objective,
        "actions": row.actions,
        "who": row.who,
        "by_when": row.by_when,
        "resources": row.resources,
        "cost": row.cost,
        "success_measure": row.success_measure,
    }


def _link(link: EvidenceLink) -> dict[str, Any]:
    evidence = link.evidence
    return {
        "id": evidence.pk,
        "kind": evidence.kind,
        "title": evidence.title,
        "url": evidence.url,
        "note": evidence.note,
        "file_id": evidence.file_id,
        "file_name": evidence.file.name if evidence.file else "",
        "file_sha256": evidence.file.sha256 if evidence.file else "",
        "caption": link.caption,
    }

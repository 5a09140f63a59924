"""What a part must hold before it can be sent, and what is still missing from it."""

from psqm_portal.core.text import count_words
from submissions.models import Part


def missing_from(part: Part) -> str | None:
    """The sentence that says what to add, or None when the part can be sent."""
    if part.kind == Part.Kind.ACTION_PLAN:
        return None if part.rows.exists() else "Add at least one row to the action plan."
    if part.kind == Part.Kind.REFLECTION:
        return _reflection(part)
    if part.text.strip() or _evidence(part).exists():
        return None
    return f"Write something or add a file to {part.title}."


def _reflection(part: Part) -> str | None:
    words, limit = count_words(part.text), part.submission.round.framework.reflection_words
    if not words:
        return "Write your reflection first."
    if words > limit:
        return f"Your reflection has {words} words. Shorten it to {limit} or fewer."
    links = _evidence(part)
    if not links.exists():
        return "Add at least one piece of evidence for this criterion."
    if links.filter(caption="").exists():
        return "Write a caption for each piece of evidence that says how it shows this criterion."
    return None


def _evidence(part: Part):  # type: ignore[no-untyped-def]  # the related manager's own type
    return part.evidence_links.filter(evidence__removed_at=None, evidence__consent_withdrawn_at=None)

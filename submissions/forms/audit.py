import hashlib
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from psqm_portal.core.forms import PortalForm
from rounds.models import Criterion
from submissions.models import AuditEntry

RATINGS = [(str(rating.value), rating.label) for rating in AuditEntry.Rating]


def mark_of(rating: int | None, notes: str, is_priority: bool) -> str:  # noqa: FBT001 - a row's three values
    """Says which state of an entry a page was opened with."""
    return hashlib.sha256(f"{rating}|{is_priority}|{notes}".encode()).hexdigest()[:16]


class AuditForm(PortalForm):
    """All criteria at once; may be saved partly filled. Entries that weren't touched are left alone, so two
    people can fill in different criteria at the same time.
    """

    main_button = "Save the audit"
    mark_optional = False

    def __init__(self, *args: Any, entries: list[AuditEntry], **kwargs: Any) -> None:
        self.entries = entries
        super().__init__(*args, **kwargs)
        for entry in entries:
            self._add(entry)

    def _add(self, entry: AuditEntry) -> None:
        code, key = entry.criterion.code, entry.criterion_id
        self.fields[f"rating_{key}"] = forms.ChoiceField(
            label=f"Where you are with {code}",
            choices=RATINGS,
            widget=forms.RadioSelect,
            required=False,
            initial="" if entry.rating is None else str(entry.rating),
        )
        self.fields[f"notes_{key}"] = forms.CharField(
            label=f"Notes on {code}",
            widget=forms.Textarea,
            required=False,
            initial=entry.notes,
            max_length=5000,
        )
        self.fields[f"priority_{key}"] = forms.BooleanField(
            label=f"{code} is a priority this year", required=False, initial=entry.is_priority
        )
        self.fields[f"mark_{key}"] = forms.CharField(
            required=False,
            widget=forms.HiddenInput,
            initial=mark_of(entry.rating, entry.notes, entry.is_priority),
        )
        self.field_options[f"rating_{key}"] = {"inline": True, "small": True}
        self.field_options[f"notes_{key}"] = {"rows": 3}
        self.field_options[f"priority_{key}"] = {"small": True}

    def clean(self) -> dict[str, Any]:
        """Somebody else's newer words on a criterion are never overwritten unseen."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for entry in self.entries:
            given = self._given(entry)
            opened, now = self._opened_with(entry), mark_of(entry.rating, entry.notes, entry.is_priority)
            if opened and opened != now and mark_of(**given) not in {opened, now}:
                self._reopen_with(entry)
                standing = entry.get_rating_display() if entry.rating is not None else "not rated"
                notes = f", with the notes “{entry.notes}”" if entry.notes else ""
                self.add_error(
                    f"rating_{entry.criterion_id}",
                    ValidationError(
                        f"Somebody else has just saved {entry.criterion.code}: {standing.lower()}{notes}. "
                        "Yours is below. Save again to keep yours"
                    ),
                )
        return data

    def changed(self) -> dict[int, dict[str, Any]]:
        """Criterion id → what was given, of entries that this person touched."""
        return {
            entry.criterion_id: given
            for entry in self.entries
            if mark_of(**(given := self._given(entry))) != self._opened_with(entry)
        }

    def strands(self) -> list[dict[str, Any]]:
        """For the page: strands with their criteria, each with its three fields."""
        strands: dict[int, dict[str, Any]] = {}
        for entry in self.entries:
            criterion: Criterion = entry.criterion
            row = {
                "criterion": criterion,
                "entry": entry,
                "rating": self[f"rating_{criterion.pk}"],
                "notes": self[f"notes_{criterion.pk}"],
                "priority": self[f"priority_{criterion.pk}"],
                "mark": self[f"mark_{criterion.pk}"],
                "has_notes": bool(self[f"notes_{criterion.pk}"].value()),
            }
            strand = strands.setdefault(criterion.strand_id, {"strand": criterion.strand, "rows": []})
            strand["rows"].append(row)
        return list(strands.values())

    def _given(self, entry: AuditEntry) -> dict[str, Any]:
        key = entry.criterion_id
        rating = self.cleaned_data.get(f"rating_{key}") or ""
        return {
            "rating": int(rating) if rating else None,
            "notes": (self.cleaned_data.get(f"notes_{key}") or "").replace("\r\n", "\n").strip(),
            "is_priority": bool(self.cleaned_data.get(f"priority_{key}")),
        }

    def _opened_with(self, entry: AuditEntry) -> str:
        return str(self.cleaned_data.get(f"mark_{entry.criterion_id}") or "")

    def _reopen_with(self, entry: AuditEntry) -> None:
        """The page that answers was opened with what stands now."""
        name = self.add_prefix(f"mark_{entry.criterion_id}")
        data = cast("QueryDict", self.data).copy()
        data[name] = mark_of(entry.rating, entry.notes, entry.is_priority)
        self.data = data

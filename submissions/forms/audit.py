from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from psqm_portal.core.forms import PortalForm
from psqm_portal.core.seen import mark_of
from rounds.models import Criterion
from submissions.domain.writing import standing_entry
from submissions.models import AuditEntry

RATINGS = [(str(rating.value), rating.label) for rating in AuditEntry.Rating]


class AuditForm(PortalForm):
    """All criteria at once; may be saved partly filled. Entries that weren't touched are left alone, so two
    people can fill in different criteria at the same time.
    """

    main_button = "Save the audit"
    mark_optional = False

    def __init__(self, *args: Any, entries: list[AuditEntry], **kwargs: Any) -> None:
        self.entries = entries
        self.newer: dict[int, dict[str, Any]] = {}
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
            initial=mark_of(standing_entry(entry)),
        )
        self.field_options[f"rating_{key}"] = {"inline": True, "small": True}
        self.field_options[f"notes_{key}"] = {"rows": 3}
        self.field_options[f"priority_{key}"] = {"small": True}

    def show_newer(self, newer: Mapping[int, Mapping[str, Any]]) -> None:
        """Somebody else's newer words on a criterion, beside this person's own, which stay in the boxes."""
        data = cast("QueryDict", self.data).copy()
        for entry in self.entries:
            if (standing := newer.get(entry.criterion_id)) is None:
                continue
            self.newer[entry.criterion_id] = self._in_words(standing)
            data[self.add_prefix(f"mark_{entry.criterion_id}")] = mark_of(standing)
            self.add_error(
                f"rating_{entry.criterion_id}",
                ValidationError(
                    f"Somebody else has just saved {entry.criterion.code}. Compare the two, then save again"
                ),
            )
        self.data = data

    @staticmethod
    def _in_words(standing: Mapping[str, Any]) -> dict[str, Any]:
        rating = standing["rating"]
        label = "Not rated" if rating is None else AuditEntry.Rating(rating).label
        return {**standing, "rating": label}

    def changed(self) -> dict[int, dict[str, Any]]:
        """Criterion id → what was given, of entries that this person touched."""
        return {
            entry.criterion_id: given
            for entry in self.entries
            if mark_of(given := self._given(entry)) != self._opened_with(entry)
        }

    def seen(self) -> dict[int, str]:
        """Criterion id → the mark of what the page was opened with."""
        return {entry.criterion_id: self._opened_with(entry) for entry in self.entries}

    def marks(self) -> dict[str, str]:
        """The page's hidden marks as they are once this was saved."""
        return {f"mark_{entry.criterion_id}": mark_of(self._given(entry)) for entry in self.entries}

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
                "newer": self.newer.get(criterion.pk),
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

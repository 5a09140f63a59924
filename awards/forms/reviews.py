from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from awards.domain.words import NOT_JUDGED, OVERALL, Draft, words_of
from awards.models import Judgement, Review
from awards.queries import Frozen
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.seen import mark_of

OVERALL_MARK = "mark_overall"


def _typed(**more: Any) -> forms.CharField:
    """What was typed, to the letter: what the page saved and what stands are compared."""
    return forms.CharField(widget=forms.Textarea, required=False, strip=False, **more)


class ReviewForm(PortalForm):
    """The whole review as one form, with a mark for each criterion of what it was opened with.

    Saving asks for nothing: what is missing is asked for on completing.
    """

    recommendation = forms.ChoiceField(
        label="Your recommendation",
        choices=Review.Recommendation.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    narrative = _typed(
        label="What you tell the school",
        help_text="What is strong, and what would take it further. The school reads it at release.",
    )
    private_note = _typed(label="Private note for HQ (optional)", help_text="Only HQ reads it.")
    mark_optional = False
    main_button = "Save and check your review"
    options = {"narrative": {"rows": 10}, "private_note": {"rows": 4}}

    def __init__(self, *args: Any, frozen: Frozen, sheet: Any, **kwargs: Any) -> None:
        self.frozen = frozen
        self.newer: dict[int, dict[str, str]] = {}
        self.standing = words_of(sheet, [row.judgement for row in frozen.criteria if row.judgement])
        super().__init__(*args, initial=self.standing[OVERALL], **kwargs)
        self._add_mark(OVERALL, OVERALL_MARK)
        for row in frozen.criteria:
            code, words = row.criterion.code.lower(), self.standing.get(row.criterion.pk, NOT_JUDGED)
            self.fields[f"verdict_{code}"] = forms.ChoiceField(
                label=f"Your judgement on {row.criterion.code}",
                choices=Judgement.Verdict.choices,
                widget=forms.RadioSelect,
                required=False,
                initial=words["verdict"],
            )
            self.fields[f"comment_{code}"] = _typed(
                label=f"Comment on {row.criterion.code}",
                help_text="Needed where the criterion isn't met: say what is missing.",
                initial=words["comment"],
            )
            self.field_options[f"verdict_{code}"] = {"small": True}
            self.field_options[f"comment_{code}"] = {"rows": 5}
            self._add_mark(row.criterion.pk, f"mark_{code}")

    def _add_mark(self, pk: int, name: str) -> None:
        self.fields[name] = forms.CharField(
            required=False,
            widget=forms.HiddenInput,
            initial=mark_of(self.standing.get(pk, NOT_JUDGED)),
        )

    def rows(self) -> Iterable[dict[str, Any]]:
        """Each criterion with its fields, and newer words of another window where there are any."""
        rows = self.frozen.criteria
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            code = row.criterion.code.lower()
            yield {
                "row": row,
                "next": following,
                "verdict": self[f"verdict_{code}"],
                "comment": self[f"comment_{code}"],
                "mark": self[f"mark_{code}"],
                "newer": self.newer.get(row.criterion.pk),
            }

    @property
    def newer_overall(self) -> dict[str, str] | None:
        return self.newer.get(OVERALL)

    def judged(self) -> int:
        return sum(1 for each in self.rows() if each["verdict"].value())

    def draft(self) -> Draft:
        return Draft(
            recommendation=self._kept("recommendation", OVERALL_MARK),
            narrative=self._kept("narrative", OVERALL_MARK),
            private_note=self._kept("private_note", OVERALL_MARK),
            judgements={
                pk: (
                    self._kept(f"verdict_{code}", f"mark_{code}"),
                    self._kept(f"comment_{code}", f"mark_{code}"),
                )
                for pk, code in self._codes()
            },
        )

    def _judgement(self, code: str) -> tuple[str, str]:
        mark = f"mark_{code}"
        return self._kept(f"verdict_{code}", mark), self._kept(f"comment_{code}", mark)

    def seen(self) -> dict[int, str]:
        """Criterion id → the mark of what the page was opened with."""
        return {pk: self.cleaned_data.get(name) or "" for pk, name in self._marks()}

    def marks(self) -> dict[str, str]:
        """The page's hidden marks as they are once this was saved."""
        words = self.draft().words()
        return {name: mark_of(words[pk]) for pk, name in self._marks()}

    def newer_as_fields(
        self, newer: Mapping[int, Mapping[str, str]]
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """For a page that saves itself: the marks of what stands, and what stands, by the fields' names."""
        marks = {name: mark_of(newer[pk]) for pk, name in self._marks() if pk in newer}
        standing: dict[str, Any] = {}
        codes = dict(self._codes())
        for pk, words in newer.items():
            for name, value in words.items():
                choice = name in {"verdict", "recommendation"}
                field = name if pk == OVERALL else f"{name}_{codes[pk]}"
                standing[field] = ([value] if value else []) if choice else value
        return marks, standing

    def show_newer(self, newer: Mapping[int, Mapping[str, str]]) -> None:
        """Another window's newer words beside this one's, which stay in the boxes and are saved next."""
        data = cast("QueryDict", self.data).copy()
        codes = dict(self._codes())
        for pk, name in self._marks():
            if pk not in newer:
                continue
            self.newer[pk] = _in_words(newer[pk])
            data[name] = mark_of(newer[pk])
            where = "your overall words" if pk == OVERALL else codes[pk].upper()
            self.add_error(
                "narrative" if pk == OVERALL else f"verdict_{codes[pk]}",
                ValidationError(f"You saved {where} in another window. Compare the two, then save again"),
            )
        self.data = data

    def _codes(self) -> list[tuple[int, str]]:
        return [(row.criterion.pk, row.criterion.code.lower()) for row in self.frozen.criteria]

    def _marks(self) -> list[tuple[int, str]]:
        return [(OVERALL, OVERALL_MARK), *((pk, f"mark_{code}") for pk, code in self._codes())]

    def _kept(self, name: str, mark: str) -> str:
        """What was typed; where nothing usable came for a field, what was saved before stays. A page of ours
        sends no choice where none was made.
        """
        if name in self.data and name in self.cleaned_data:
            return (self.cleaned_data[name] or "").replace("\r\n", "\n").replace("\r", "\n")
        if self.data.get(mark) and name not in self.data:
            return ""
        return self.get_initial_for_field(self.fields[name], name) or ""


def _in_words(words: Mapping[str, str]) -> dict[str, str]:
    """Choices by their labels."""
    found = dict(words)
    if "verdict" in found:
        found["verdict"] = Judgement.Verdict(found["verdict"]).label if found["verdict"] else "Not judged"
    if "recommendation" in found:
        found["recommendation"] = (
            Review.Recommendation(found["recommendation"]).label if found["recommendation"] else "None yet"
        )
    return found

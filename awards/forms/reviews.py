from collections.abc import Iterable
from typing import Any

from django import forms

from awards.domain.reviewing import Draft
from awards.models import Judgement, Review
from awards.queries import Frozen
from psqm_portal.core.forms import PortalForm


class ReviewForm(PortalForm):
    """The whole review as one form. Saving asks for nothing: what is missing is asked for on completing."""

    recommendation = forms.ChoiceField(
        label="Your recommendation",
        choices=Review.Recommendation.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    narrative = forms.CharField(
        label="What you tell the school",
        help_text="What is strong, and what would take it further. The school reads it at release.",
        widget=forms.Textarea,
        required=False,
    )
    private_note = forms.CharField(
        label="Private note for HQ (optional)",
        help_text="Only HQ reads it.",
        widget=forms.Textarea,
        required=False,
    )
    mark_optional = False
    main_button = "Save and check your review"
    options = {"narrative": {"rows": 10}, "private_note": {"rows": 4}}

    def __init__(self, *args: Any, frozen: Frozen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frozen = frozen
        for row in frozen.criteria:
            code, judgement = row.criterion.code.lower(), row.judgement
            self.fields[f"verdict_{code}"] = forms.ChoiceField(
                label=f"Your judgement on {row.criterion.code}",
                choices=Judgement.Verdict.choices,
                widget=forms.RadioSelect,
                required=False,
                initial=judgement.verdict if judgement else "",
            )
            self.fields[f"comment_{code}"] = forms.CharField(
                label=f"Comment on {row.criterion.code}",
                help_text="Needed where the criterion isn't met: say what is missing.",
                widget=forms.Textarea,
                required=False,
                initial=judgement.comment if judgement else "",
            )
            self.field_options[f"comment_{code}"] = {"rows": 4}

    def rows(self) -> Iterable[tuple[Any, Any, Any]]:
        """Each criterion with its two bound fields."""
        for row in self.frozen.criteria:
            code = row.criterion.code.lower()
            yield row, self[f"verdict_{code}"], self[f"comment_{code}"]

    def draft(self) -> Draft:
        return Draft(
            recommendation=self._kept("recommendation"),
            narrative=self._kept("narrative"),
            private_note=self._kept("private_note"),
            judgements={
                row.criterion.pk: (self._kept(f"verdict_{code}"), self._kept(f"comment_{code}"))
                for row in self.frozen.criteria
                for code in [row.criterion.code.lower()]
            },
        )

    def _kept(self, name: str) -> str:
        """What was typed; where nothing usable came for a field, what was saved before stays."""
        if name in self.data and name in self.cleaned_data:
            return self.cleaned_data[name] or ""
        return self.get_initial_for_field(self.fields[name], name) or ""

from collections.abc import Iterable
from typing import Any

from django import forms

from awards.domain.reviewing import Draft
from awards.models import Judgement, Review
from awards.queries import Candidate, Frozen
from psqm_portal.core.forms import PortalForm
from rounds.models import Level
from submissions.models import Submission

NOT_YET = "not_yet"


class ReasonForm(PortalForm):
    reason = forms.CharField(label="Reason", widget=forms.Textarea)
    options = {"reason": {"rows": 4}}

    def __init__(self, *args: Any, hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint


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


class ReviewersForm(PortalForm):
    """Only those who may review can be chosen; the others are shown beside, with their reason."""

    reviewers = forms.TypedMultipleChoiceField(
        label="Reviewers", coerce=int, widget=forms.CheckboxSelectMultiple, required=True
    )
    options = {"reviewers": {"small": True}}

    def __init__(self, *args: Any, candidates: Iterable[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.user.pk: one.user for one in candidates if not one.why_not}
        free = [one for one in candidates if not one.why_not]
        field = self.fields["reviewers"]
        field.choices = [(one.user.pk, one.user.name) for one in free]  # type: ignore[attr-defined]
        self.field_options["reviewers"]["hints"] = {
            one.user.pk: f"{', '.join(one.hubs)}. {one.load} of {one.agreed} agreed reviews in this round"
            for one in free
        }

    def chosen(self) -> list[Any]:
        return [self.people[pk] for pk in self.cleaned_data["reviewers"]]


class ConflictForm(PortalForm):
    person = forms.TypedChoiceField(label="Hub leader", coerce=int)
    why = forms.CharField(label="Why", max_length=150, help_text="For example: governor of the school.")
    main_button = "Declare the conflict"

    def __init__(self, *args: Any, candidates: Iterable[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.user.pk: one.user for one in candidates if not one.why_not.startswith("Conflict")}
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", "Choose one"),
            *((pk, user.name) for pk, user in self.people.items()),
        ]


class OutcomeForm(PortalForm):
    """``level`` is a level's id or "not_yet"."""

    outcome = forms.ChoiceField(label="Outcome", widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note for the school (optional)",
        help_text="They read it with the outcome, above the reviewers' words.",
        widget=forms.Textarea,
        required=False,
    )
    mark_optional = False
    options = {"note": {"rows": 5}}

    def __init__(self, *args: Any, submission: Submission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        target = submission.target_level
        levels = (
            Level.objects.filter(framework=submission.round.framework_id, rank__lte=target.rank)
            if target
            else Level.objects.none()
        )
        self.levels = {str(level.pk): level for level in levels.order_by("-rank")}
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            *((pk, level.name) for pk, level in self.levels.items()),
            (NOT_YET, "Not yet"),
        ]

    def level(self) -> Level | None:
        return self.levels.get(self.cleaned_data["outcome"])


class DecisionForm(OutcomeForm):
    moderation_note = forms.CharField(
        label="Moderation note",
        help_text="How HQ settled it. The school never sees this.",
        widget=forms.Textarea,
        required=False,
    )
    options = {"note": {"rows": 5}, "moderation_note": {"rows": 4}}

    def __init__(self, *args: Any, flagged: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not flagged:
            del self.fields["moderation_note"]


class AppealForm(OutcomeForm):
    reason = forms.CharField(
        label="Why the appeal is upheld",
        help_text="Kept in the submission's history.",
        widget=forms.Textarea,
    )
    options = {"note": {"rows": 5}, "reason": {"rows": 4}}


class NumberForm(PortalForm):
    number = forms.CharField(
        label="Certificate number",
        max_length=20,
        help_text="It stands on the certificate, such as PSQM-26A-0042.",
    )
    main_button = "Check this certificate"
    options = {"number": {"width": 20}}

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"]).strip().upper().replace(" ", "")


class ReissueForm(PortalForm):
    name = forms.CharField(label="School's name on the certificate", max_length=200)
    reason = forms.CharField(label="Reason", widget=forms.Textarea)
    main_button = "Make the certificate again"
    options = {"reason": {"rows": 3}}

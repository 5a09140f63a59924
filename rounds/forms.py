from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField

from psqm_portal.core.forms import PortalForm, PortalModelForm
from psqm_portal.core.templatetags.portal import MONTHS
from rounds.domain.dates import Problem
from rounds.models import (
    Audience,
    CoreDocument,
    Criterion,
    Framework,
    Level,
    Milestone,
    Round,
    RoundTemplate,
    Step,
)


class DayField(forms.DateField):
    """A date in one small field, for pages with many: the browser's own picker, or typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%d %B %Y"],
            **kwargs,
        )
        self.error_messages["invalid"] = "Enter a real date, like 27/3/2027"


def _offered(usual: Framework | None = None) -> QuerySet[Framework]:
    rows = Framework.objects.filter(is_active=True)
    if usual is not None:
        rows = rows | Framework.objects.filter(pk=usual.pk)
    return rows.order_by("name", "version")


class NewRoundForm(PortalForm):
    main_button = "Make this round"
    options: Mapping[str, Mapping[str, Any]] = {"year": {"width": 4}}

    template = forms.ModelChoiceField(
        RoundTemplate.objects.order_by("season", "-kind"),
        label="Season",
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="The dates of the season's calendar come with it. You can change each of them afterwards.",
    )
    year = forms.IntegerField(
        label="Year", min_value=2000, max_value=2100, help_text="In which the round starts, like 2026"
    )
    framework = forms.ModelChoiceField(
        Framework.objects.none(),
        label="Framework",
        required=False,
        empty_label="The one of the season’s calendar",
        help_text="The round keeps it: levels, strands, criteria and core documents",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["framework"].queryset = _offered()  # type: ignore[attr-defined]


class FrameworkChoiceForm(PortalForm):
    """Which framework a copy, or a season's rounds, work with."""

    main_button = "Save"

    framework = forms.ModelChoiceField(
        Framework.objects.none(), label="Framework", widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args: Any, usual: Framework, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"framework": usual.pk})
        super().__init__(*args, **kwargs)
        self.fields["framework"].queryset = _offered(usual)  # type: ignore[attr-defined]


MONTH_CHOICES = [
    (number, f"{MONTHS[(number - 1) % 12]}{'' if number <= 12 else ' of the next year'}")
    for number in range(1, 25)
]


class StepForm(PortalForm):
    """When a step of a season's calendar is; ``free`` are the (audience, step) that can still be added."""

    main_button = "Save this step"
    options: Mapping[str, Mapping[str, Any]] = {
        "opens_day": {"width": 2},
        "due_day": {"width": 2},
        "days_before_close": {"width": 3, "suffix": "days"},
    }

    which = forms.ChoiceField(label="Step", choices=())
    label = forms.CharField(
        label="What it is called", max_length=120, help_text="As it stands in lists, mails and calendars"
    )
    first_month = forms.TypedChoiceField(label="First month", choices=MONTH_CHOICES, coerce=int)
    opens_day = forms.IntegerField(
        label="Opens on day",
        required=False,
        min_value=1,
        max_value=31,
        help_text="Empty: the first of the month",
    )
    last_month = forms.TypedChoiceField(label="Last month", choices=MONTH_CHOICES, coerce=int)
    due_day = forms.IntegerField(
        label="Due on day",
        required=False,
        min_value=1,
        max_value=31,
        help_text="Empty: the last of the month",
    )
    days_before_close = forms.IntegerField(
        label="Due before the close",
        required=False,
        min_value=0,
        max_value=120,
        help_text="Counts back from the last day on which schools submit, in place of the last month's day",
    )

    def __init__(self, *args: Any, free: Iterable[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if free is None:
            del self.fields["which"]
            return
        groups: dict[str, list[tuple[str, str]]] = {}
        for audience, step in free:
            groups.setdefault(str(Audience(audience).label), []).append(
                (f"{audience}.{step}", f"{Step(step).label} ({Audience(audience).label})")
            )
        self.fields["which"].choices = [  # type: ignore[attr-defined]
            ("", "Choose one"),
            *(one for group in groups.values() for one in group),
        ]


class DatesForm(PortalForm):
    """All dates of an audience, ``opens_<id>`` and ``due_<id>``.

    ``seen`` says which dates the page was opened with.
    """

    main_button = "See what this changes"

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, rows: Iterable[Milestone], **kwargs: Any) -> None:
        self.rows = list(rows)
        # Django's __init__ copies an instance's own base fields.
        self.base_fields = dict(type(self).base_fields)  # type: ignore[misc]
        for row in self.rows:
            for name, word, day in (("opens", "opens", row.opens_on), ("due", "is due", row.due_on)):
                label = f"{row.label} {word}"
                self.base_fields[f"{name}_{row.pk}"] = DayField(label=label, initial=day)
        super().__init__(*args, **kwargs)

    @property
    def wanted(self) -> dict[int, tuple[date, date]]:
        return {
            row.pk: (self.cleaned_data[f"opens_{row.pk}"], self.cleaned_data[f"due_{row.pk}"])
            for row in self.rows
        }

    def show(self, problems: Iterable[Problem]) -> None:
        """Puts each reason at the date it is about; one of another audience's stands above the form."""
        for problem in problems:
            name = f"{'opens' if problem.field == 'opens_on' else 'due'}_{problem.key}"
            self.add_error(name if name in self.fields else None, problem.sentence)

    def lines(self) -> list[tuple[Milestone, BoundField, BoundField]]:
        return [(row, self[f"opens_{row.pk}"], self[f"due_{row.pk}"]) for row in self.rows]


class RoundSettingsForm(PortalModelForm):
    main_button = "Save settings"
    options: Mapping[str, Mapping[str, Any]] = {
        "hub_capacity": {"width": 3},
        "reviews_per_submission": {"width": 3},
        "minimum_reviews": {"width": 3},
        "mentoring_hours": {"width": 3, "suffix": "hours"},
        "meetings_a_year": {"width": 3},
        "award_years": {"width": 3},
        "evidence_files": {"width": 4, "suffix": "files"},
        "evidence_megabytes": {"width": 5, "suffix": "MB"},
    }

    class Meta:
        model = Round
        fields: ClassVar = [
            "hub_capacity",
            "reviews_per_submission",
            "minimum_reviews",
            "mentoring_hours",
            "meetings_a_year",
            "award_years",
            "evidence_files",
            "evidence_megabytes",
            "names_reviewers",
            "needs_ase_membership",
        ]
        help_texts: ClassVar = {
            "hub_capacity": "Hubs that take part get this many places. Fewer: only free places go.",
            "minimum_reviews": "How many a hub leader does at least",
            "mentoring_hours": "Hub leaders log their time against it. More is shown, not refused.",
            "evidence_files": "Evidence of one school, and what it is uploading",
            "evidence_megabytes": "All of it together; one file’s limit stands on “Upload limits”",
        }


class MilestoneForm(PortalModelForm):
    main_button = "See what this changes"

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    class Meta:
        model = Milestone
        fields: ClassVar = ["opens_on", "due_on"]
        labels: ClassVar = {"opens_on": "Opens on", "due_on": "Due on"}
        help_texts: ClassVar = {"due_on": "The whole day counts, until midnight in London"}

    def show(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.add_error(problem.field, problem.sentence)


class ReasonForm(PortalForm):
    reason = forms.CharField(label="Reason", widget=forms.Textarea, max_length=2000)


class FrameworkForm(PortalModelForm):
    main_button = "Save"
    options: Mapping[str, Mapping[str, Any]] = {"reflection_words": {"width": 4, "suffix": "words"}}

    note = forms.CharField(label="Note", required=False, max_length=500, help_text="Why, for the history")

    class Meta:
        model = Framework
        fields: ClassVar = ["reflection_words", "is_active"]
        labels: ClassVar = {"is_active": "Offered for new rounds"}
        help_texts: ClassVar = {"is_active": ""}


class CriterionForm(PortalForm):
    """Title, guidance and one text for each level of the framework (``level_<id>``)."""

    main_button = "Save texts"

    title = forms.CharField(label="Title", max_length=200)
    guidance = forms.CharField(label="Guidance", widget=forms.Textarea, required=False, max_length=4000)

    def __init__(self, *args: Any, criterion: Criterion, levels: list[Level], **kwargs: Any) -> None:
        texts = {one.level_id: one.text for one in criterion.descriptors.all()}
        # Django's __init__ copies an instance's own base fields.
        self.base_fields = {  # type: ignore[misc]
            **type(self).base_fields,
            **{
                f"level_{level.pk}": forms.CharField(
                    label=f"At {level.name}",
                    widget=forms.Textarea,
                    max_length=2000,
                    initial=texts.get(level.pk),
                )
                for level in levels
            },
            "note": forms.CharField(
                label="Note", required=False, max_length=500, help_text="Why, for the history"
            ),
        }
        kwargs["initial"] = {"title": criterion.title, "guidance": criterion.guidance}
        self.levels = levels
        super().__init__(*args, **kwargs)

    @property
    def descriptors(self) -> dict[int, str]:
        return {level.pk: self.cleaned_data[f"level_{level.pk}"] for level in self.levels}


class DocumentForm(PortalModelForm):
    main_button = "Save texts"

    note = forms.CharField(label="Note", required=False, max_length=500, help_text="Why, for the history")

    class Meta:
        model = CoreDocument
        fields: ClassVar = ["title", "guidance"]

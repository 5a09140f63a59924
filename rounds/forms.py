from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from psqm_portal.core.forms import PortalForm, PortalModelForm
from rounds.models import CoreDocument, Criterion, Framework, Level, Milestone, Round, RoundTemplate


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


class RoundSettingsForm(PortalModelForm):
    main_button = "Save settings"
    options: Mapping[str, Mapping[str, Any]] = {
        "hub_capacity": {"width": 3},
        "reviews_per_submission": {"width": 3},
        "minimum_reviews": {"width": 3},
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
            "award_years",
            "evidence_files",
            "evidence_megabytes",
            "names_reviewers",
            "needs_ase_membership",
        ]
        help_texts: ClassVar = {
            "hub_capacity": "Hubs that take part get this many places. Fewer: only free places go.",
            "minimum_reviews": "How many a hub leader does at least",
            "evidence_files": "Evidence of one school, and what it is uploading",
            "evidence_megabytes": "All of it together; one file’s limit stands on “Upload limits”",
        }


class MilestoneForm(PortalModelForm):
    main_button = "Save dates"

    class Meta:
        model = Milestone
        fields: ClassVar = ["opens_on", "due_on"]
        labels: ClassVar = {"opens_on": "Opens on", "due_on": "Due on"}
        help_texts: ClassVar = {"due_on": "The whole day counts, until midnight in London"}


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

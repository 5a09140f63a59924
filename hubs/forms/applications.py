"""The applicant's pages, and what HQ does with an application."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef
from django.utils.text import slugify

from hubs.domain.applications import MOST_FILES, MOST_MEGABYTES
from hubs.forms.hubs import TAKEN_SLUGS
from hubs.forms.register import no_link
from hubs.models import (
    ApplicationAnswer,
    CommitmentPoint,
    Hub,
    HubMembership,
    LeaderApplication,
    LeaderCriterion,
)
from messaging.forms import ManyFilesField
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import SeenMixin
from schools.forms import PostcodeMixin

YES_NO = [("True", "Yes"), ("False", "No")]


class StartForm(PortalForm):
    main_button = "Start your application"
    options: Mapping[str, Mapping[str, Any]] = {"email": {"autocomplete": "email"}}

    name = forms.CharField(label="Your full name", max_length=150, validators=[no_link])
    email = forms.EmailField(
        label="Your email address", max_length=254, help_text="We send the link to your application here"
    )


class LinkForm(PortalForm):
    main_button = "Send me the link"

    email = forms.EmailField(label="The email address you began with", max_length=254)


class AboutForm(PostcodeMixin, SeenMixin, PortalForm):
    """Nothing but the name has to be there to save; what is missing is said before sending."""

    mark_optional = False
    options: Mapping[str, Mapping[str, Any]] = {
        "phone": {"width": 20, "autocomplete": "tel"},
        "is_teacher": {"inline": True},
        "postcode": {"width": 10},
    }

    name = forms.CharField(label="Your full name", max_length=150, validators=[no_link])
    phone = forms.CharField(label="Phone number", max_length=30, required=False)
    is_teacher = forms.TypedChoiceField(
        label="Do you teach in a primary school now?",
        choices=YES_NO,
        coerce=lambda value: value == "True",
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
    )
    employer = forms.CharField(label="Your school or organisation", max_length=200, required=False)
    place = forms.CharField(
        label="Town or area for the hub", max_length=100, required=False, validators=[no_link]
    )
    postcode = forms.CharField(
        label="Postcode for the hub",
        max_length=10,
        required=False,
        help_text="Where you would meet your schools. We look how far other hubs are from it",
    )


class AnswerForm(SeenMixin, PortalForm):
    """One criterion: words, the commitments one by one where it has them, the award for teachers."""

    mark_optional = False
    options: Mapping[str, Mapping[str, Any]] = {"text": {"rows": 10}, "award_date": {"width": 20}}

    text = forms.CharField(label="How you meet this", widget=forms.Textarea, required=False)
    award_level = forms.CharField(label="Level of the award", max_length=60, required=False)
    award_date = forms.CharField(
        label="Date of the award", max_length=40, required=False, help_text="The month and year will do"
    )
    attachments = ManyFilesField(
        label="Evidence files",
        required=False,
        help_text=f"PDFs, Word documents or photos without children, up to {MOST_FILES} files "
        f"of {MOST_MEGABYTES} MB",
    )

    def __init__(
        self,
        *args: Any,
        criterion: LeaderCriterion,
        points: Sequence[CommitmentPoint],
        standing: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, standing=standing, **kwargs)
        if not criterion.teachers_only:
            del self.fields["award_level"], self.fields["award_date"]
        if criterion.has_commitments:
            self.fields["text"].label = "Anything you want to add (optional)"
            self.field_options["text"] = {"rows": 5}
        for point in points:
            self.fields[f"point_{point.pk}"] = forms.BooleanField(label=point.text, required=False)
        self.order_fields(
            [f"point_{point.pk}" for point in points] + ["award_level", "award_date", "text", "attachments"]
        )

    def words(self) -> dict[str, Any]:
        return {name: value for name, value in super().words().items() if name != "attachments"}

    @property
    def uploads(self) -> list[UploadedFile]:
        chosen: list[UploadedFile] = self.cleaned_data.get("attachments") or []
        return chosen


class ApplicationFilter(PortalForm):
    mark_optional = False

    status = forms.ChoiceField(label="Status", required=False)
    q = forms.CharField(label="Name, place or organisation", required=False, max_length=100)

    def __init__(self, *args: Any, counts: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [choice for choice in LeaderApplication.Status if choice != LeaderApplication.Status.DRAFT]
        self.fields["status"].choices = [  # type: ignore[attr-defined]
            ("", f"All ({sum(counts.values())})"),
            *((choice.value, f"{choice.label} ({counts.get(choice.value, 0)})") for choice in shown),
        ]


class JudgeForm(SeenMixin, PortalForm):
    main_button = "Save judgement"
    mark_optional = False
    options: Mapping[str, Mapping[str, Any]] = {
        "judgement": {"inline": True, "small": True},
        "judgement_note": {"rows": 3},
    }

    judgement = forms.ChoiceField(
        label="Judgement",
        choices=ApplicationAnswer.Judgement.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    judgement_note = forms.CharField(
        label="Note",
        widget=forms.Textarea,
        max_length=2000,
        required=False,
        help_text="With “More needed” the applicant reads it",
    )


class AskForm(PortalForm):
    main_button = "Ask for more"

    words = forms.CharField(
        label="What else you ask for", widget=forms.Textarea, max_length=3000, required=False
    )

    def __init__(self, *args: Any, is_judged: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_judged:
            self.fields["words"].label = "What you ask for"
            self.fields["words"].required = True
            self.say_plainly()


class AcceptForm(PostcodeMixin, PortalForm):
    """A new hub, or one there is already."""

    main_button = "Accept and invite"
    options: Mapping[str, Mapping[str, Any]] = {"postcode": {"width": 10}, "reason": {"rows": 3}}
    NEW, KNOWN = "new", "known"

    which = forms.ChoiceField(
        label="Which hub do they lead?",
        choices=[(NEW, "A new hub"), (KNOWN, "A hub we have already")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose which hub they lead"},
    )
    hub = forms.ModelChoiceField(Hub.objects.none(), label="Hub we have already", required=False)
    name = forms.CharField(label="Name of the new hub", max_length=80, required=False)
    place = forms.CharField(label="Town or area", max_length=100, required=False)
    postcode = forms.CharField(label="Postcode", max_length=10, required=False)
    reason = forms.CharField(
        label="Why you accept although not everything is met", widget=forms.Textarea, max_length=2000
    )

    def __init__(self, *args: Any, all_met: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leaders = HubMembership.objects.current().filter(role=Role.HUB_LEADER.value, hub=OuterRef("pk"))
        rows = Hub.objects.filter(is_active=True).annotate(is_led=Exists(leaders)).order_by("is_led", "name")
        chooser: Any = self.fields["hub"]
        chooser.queryset = rows
        chooser.label_from_instance = lambda hub: (
            f"{hub}, {hub.place}"
            + (" (its hub leader will be replaced)" if hub.is_led else " (no hub leader)")
        )
        for name in ("hub", "name", "place", "postcode"):
            self.field_options.setdefault(name, {})["optional"] = False
        if all_met:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("which") == self.KNOWN and not cleaned.get("hub"):
            self.add_error("hub", "Choose the hub")
        if cleaned.get("which") == self.NEW:
            for name, words in (
                ("name", "Enter the name of the new hub"),
                ("place", "Enter the town or area"),
            ):
                if not cleaned.get(name):
                    self.add_error(name, words)
            slug = slugify(cleaned.get("name") or "")
            if cleaned.get("name") and (
                not slug or slug in TAKEN_SLUGS or Hub.objects.filter(slug=slug).exists()
            ):
                self.add_error("name", "Choose another name: this one can’t be told from another hub’s")
        return cleaned

    @property
    def chosen(self) -> Hub:
        """The hub, not yet saved where it is a new one."""
        given = self.cleaned_data
        if given["which"] == self.KNOWN:
            known: Hub = given["hub"]
            return known
        return Hub(
            name=given["name"],
            slug=slugify(given["name"]),
            place=given["place"],
            postcode=given["postcode"],
        )


class SpecificationForm(SeenMixin, PortalForm):
    """The words of the specification: each criterion with its suggestions, each commitment."""

    main_button = "Save the specification"
    mark_optional = False

    def __init__(
        self,
        *args: Any,
        criteria: Sequence[LeaderCriterion],
        points: Sequence[CommitmentPoint],
        standing: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        fields: dict[str, forms.Field] = {}
        for one in criteria:
            fields[f"text_{one.pk}"] = forms.CharField(label=f"Number {one.number}", widget=forms.Textarea)
            fields[f"suggestions_{one.pk}"] = forms.CharField(
                label=f"Suggested evidence for number {one.number}",
                widget=forms.Textarea,
                required=False,
                help_text="One on each line",
            )
        for point in points:
            fields[f"point_{point.pk}"] = forms.CharField(
                label=f"Commitment {point.number}", widget=forms.Textarea
            )
            fields[f"recommended_{point.pk}"] = forms.BooleanField(
                label=f"Commitment {point.number} is only recommended", required=False
            )
        self.base_fields = {**type(self).base_fields, **fields}  # type: ignore[misc]
        super().__init__(*args, standing=standing, initial=standing, **kwargs)
        for name in fields:
            self.field_options[name] = {"rows": 5 if name.startswith("suggestions") else 2}


class CommitmentForm(PortalForm):
    """The points one by one, and the leader's name as the signature."""

    mark_optional = False

    name = forms.CharField(label="Your full name", max_length=150, help_text="This is your signature")

    def __init__(self, *args: Any, points: Sequence[CommitmentPoint], button: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.main_button = button
        for point in points:
            words = f"{point.text} (recommended)" if point.is_recommended_only else point.text
            self.fields[f"point_{point.pk}"] = forms.BooleanField(
                label=words,
                required=not point.is_recommended_only,
                error_messages={"required": "Tick this commitment too: each of them is part of the role"},
            )
        self.order_fields([*(f"point_{point.pk}" for point in points), "name"])
        self.say_plainly()

    @property
    def ticked(self) -> list[int]:
        return [
            int(name.removeprefix("point_"))
            for name, value in self.cleaned_data.items()
            if name.startswith("point_") and value
        ]


class LeaveForm(PortalForm):
    main_button = "Tell HQ that I won’t go on"
    options: Mapping[str, Mapping[str, Any]] = {"reason": {"rows": 5}}

    reason = forms.CharField(label="Why you won’t go on", widget=forms.Textarea, max_length=2000)

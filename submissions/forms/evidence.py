from typing import Any

from django import forms

from psqm_portal.core.forms import DateField, PortalForm
from psqm_portal.core.seen import SeenMixin
from submissions.forms.names import AsksAboutNames
from submissions.models import Evidence, Part


class PartsField(forms.ModelMultipleChoiceField):
    """The criteria and documents that evidence shows; the form gives those that may be changed now."""

    def __init__(self) -> None:
        super().__init__(
            Part.objects.none(),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            label="What it shows",
            help_text="One criterion or more. You can change this later.",
        )


class EvidenceForm(AsksAboutNames, PortalForm):
    """What every kind of evidence asks: its name, what it shows and how."""

    main_button = "Add this evidence"
    options = {"caption": {"rows": 4}, "title": {"width": 30}}

    title = forms.CharField(
        label="Name", max_length=150, help_text="Such as “Year 4 volcano enquiry, May 2027”"
    )
    parts = PartsField()
    caption = forms.CharField(
        widget=forms.Textarea,
        required=False,
        max_length=2000,
        help_text="How it shows the criterion. You can write a different one for each criterion later.",
    )

    def __init__(self, *args: Any, parts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].queryset = parts  # type: ignore[attr-defined]
        self.field_options["parts"] = {"small": True}

    def thing(self) -> dict[str, Any]:
        """What ``domain.evidence.add`` takes for this kind."""
        raise NotImplementedError


class LinkForm(EvidenceForm):
    url = forms.URLField(
        label="Web address", max_length=500, assume_scheme="https", help_text="It starts with https://"
    )
    field_order = ["url", "title", "parts", "caption"]

    def thing(self) -> dict[str, Any]:
        return {"url": self.cleaned_data["url"]}


class NoteForm(EvidenceForm):
    note = forms.CharField(
        widget=forms.Textarea, max_length=10_000, help_text="What was said, seen or counted, and when"
    )
    field_order = ["note", "title", "parts", "caption"]

    def thing(self) -> dict[str, Any]:
        return {"note": self.cleaned_data["note"].replace("\r\n", "\n")}


class ChildrenForm(PortalForm):
    """The question on children, alone for a piece that is there and as part of adding a file."""

    main_button = "Save"
    mark_optional = False

    children = forms.ChoiceField(
        label="Can children be recognised in it?",
        choices=[
            (Evidence.Children.NONE.value, "No"),
            (Evidence.Children.CONSENT.value, "Yes, and their families agreed to it"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether children can be recognised"},
    )
    consent_uses = forms.CharField(
        label="What the families agreed to",
        max_length=200,
        required=False,
        help_text="Such as “shown to PSQM’s reviewers”. Only where children can be recognised.",
    )
    consent_until = DateField(
        label="Consent ends on",
        required=False,
        help_text="The last day of the families’ consent. After it nobody sees the file.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("children") == Evidence.Children.CONSENT:
            if not data.get("consent_until") and "consent_until" not in self.errors:
                self.add_error("consent_until", "Enter the last day of the families’ consent")
            if not data.get("consent_uses"):
                self.add_error("consent_uses", "Write what the families agreed to")
        elif "children" in data:
            data["consent_uses"], data["consent_until"] = "", None
        return data


class TitleForm(SeenMixin, AsksAboutNames, PortalForm):
    """Renaming; and for a link or a note what it holds."""

    main_button = "Save"
    asks_about = ("title",)

    title = forms.CharField(label="Name", max_length=150)
    url = forms.URLField(label="Web address", max_length=500, assume_scheme="https")
    note = forms.CharField(widget=forms.Textarea, max_length=10_000)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, of in (("url", Evidence.Kind.LINK), ("note", Evidence.Kind.NOTE)):
            if kind != of:
                del self.fields[name]

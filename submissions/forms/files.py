"""Adding files: one word on all of them, and where one differs its own."""

from typing import Any

from django import forms

from messaging.forms import ManyFilesField, ManyFilesInput
from psqm_portal.core.files.limits import limits
from psqm_portal.core.forms import DateField
from submissions.domain.incoming import Said
from submissions.forms.evidence import ChildrenForm, PartsField
from submissions.forms.names import AsksAboutNames
from submissions.models import Evidence, Incoming, Part

# A phone offers its camera for images, and turns HEIC into JPEG where the page doesn't name it.
ACCEPTED = (
    "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,application/pdf,.pdf,"
    ".docx,.xlsx,.pptx,video/mp4,.mp4,.m4v"
)


def what_may_come() -> str:
    """The limits in words, as they are now."""
    most = limits()
    others = max(size for kind, size in most.items() if kind not in {"image", "pdf", "video"})
    return (
        f"Photos up to {most['image']:,} MB, PDFs up to {most['pdf']:,} MB, Word, Excel and PowerPoint files "
        f"up to {others:,} MB, MP4 videos up to {most['video']:,} MB"
    )


class FilesForm(AsksAboutNames, ChildrenForm):
    """What is said of all files of one sending. ``needed`` False: each file says it for itself."""

    main_button = "Add to your evidence"
    asks_about = ("caption",)
    options = {"caption": {"rows": 3}, "parts": {"small": True}}

    files = ManyFilesField(  # type: ignore[assignment]  # Django takes it off the class, whose name this is
        label="Choose files",
        required=False,
        widget=ManyFilesInput(attrs={"accept": ACCEPTED}),
        max_length=200,
    )
    parts = PartsField()
    caption = forms.CharField(
        widget=forms.Textarea,
        required=False,
        max_length=2000,
        help_text="How they show the criteria. You can write a different one for each criterion later.",
    )
    field_order = ["files", "children", "consent_uses", "consent_until", "parts", "caption"]

    def __init__(self, *args: Any, parts: Any, needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].queryset = parts  # type: ignore[attr-defined]
        self.fields["files"].help_text = what_may_come()
        self.fields["children"].label = "Can children be recognised in these files?"
        self.fields["children"].required = needed


class OneFileForm(AsksAboutNames, ChildrenForm):
    """One file's title, and what is said of it alone. Left as it is, what is said of all counts."""

    options = {"caption": {"rows": 3}}

    title = forms.CharField(label="Name", max_length=150)
    caption = forms.CharField(widget=forms.Textarea, required=False, max_length=2000)
    children = forms.ChoiceField(
        label="Can children be recognised in this file?",
        choices=[
            ("", "As I say for all files"),
            (Evidence.Children.NONE.value, "No"),
            (Evidence.Children.CONSENT.value, "Yes, and their families agreed to it"),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    consent_until = DateField(
        label="Consent ends on", required=False, help_text="The last day of the consent"
    )
    field_order = ["title", "children", "consent_uses", "consent_until", "caption"]

    def __init__(self, *args: Any, incoming: Incoming, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"file-{incoming.pk}", **kwargs)
        self.incoming = incoming
        self.fields["consent_uses"].help_text = "Such as “shown to PSQM’s reviewers”"
        self.fields["caption"].label = "Caption of this file"
        self.fields["caption"].help_text = "Instead of the one for all files"
        self.initial = {
            "title": incoming.title,
            "children": incoming.children if incoming.said_at else "",
            "consent_uses": incoming.consent_uses,
            "consent_until": incoming.consent_until,
            "caption": incoming.caption,
            **self.initial,
        }

    @property
    def differs(self) -> bool:
        """Whether the part that is folded away holds something to see."""
        names = ("children", "consent_uses", "consent_until", "caption")
        if any(name in self.errors for name in names):
            return True
        return any(self[name].value() not in ("", None, [None] * 3, ["", "", ""]) for name in names)

    @property
    def speaks_for_itself(self) -> bool:
        return bool(self.data.get(self.add_prefix("children")))

    def said(self, of_all: dict[str, Any]) -> Said:
        own = self.cleaned_data
        consent = own if own["children"] else of_all
        parts: tuple[Part, ...] = tuple(of_all["parts"])
        return Said(
            title=own["title"],
            children=consent["children"],
            consent_uses=consent["consent_uses"],
            consent_until=consent["consent_until"],
            caption=own["caption"] or of_all["caption"],
            parts=parts,
        )

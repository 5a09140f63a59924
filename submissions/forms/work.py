"""Level, plan rows, texts."""

from typing import Any, ClassVar

from django import forms

from psqm_portal.core.forms import PortalForm, PortalModelForm
from psqm_portal.core.seen import SeenMixin
from rounds.models import Criterion, Level
from submissions.models import ActionRow, Part


class LevelForm(PortalForm):
    main_button = "Propose this level"

    level = forms.ModelChoiceField(
        Level.objects.none(), widget=forms.RadioSelect, label="Level", empty_label=None
    )
    reason = forms.CharField(
        widget=forms.Textarea,
        required=False,
        max_length=2000,
        label="Why you want to change it",
        help_text="Your hub leader reads this before they answer.",
    )

    def __init__(
        self, *args: Any, levels: Any, is_change: bool, hints: dict[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = levels  # type: ignore[attr-defined]
        self.field_options["level"] = {"hints": hints}
        if not is_change:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = "Write why you want to change the level"
            self.main_button = "Ask to change the level"


class RowForm(SeenMixin, PortalModelForm):
    main_button = "Save this row"
    options = {
        "objective": {"rows": 2},
        "actions": {"rows": 4},
        "who": {"width": 30},
        "resources": {"rows": 2},
        "cost": {"prefix": "£", "width": 5},
        "success_measure": {"rows": 3},
    }

    class Meta:
        model = ActionRow
        fields: ClassVar = [
            "criterion", "objective", "actions", "who", "by_when", "resources", "cost", "success_measure",
        ]  # fmt: skip
        labels: ClassVar = {
            "criterion": "Criterion",
            "objective": "Objective",
            "actions": "Actions",
            "who": "Who",
            "by_when": "By when",
            "resources": "Resources",
            "cost": "Cost",
            "success_measure": "How you will know it worked",
        }
        help_texts: ClassVar = {
            "objective": "What you want to be different by the end of the year",
            "actions": "What you will do, step by step",
            "by_when": "For example, 27 3 2027",
            "resources": "Time, people, materials, training",
        }
        error_messages: ClassVar = {
            "criterion": {"required": "Choose the criterion it is about"},
            "objective": {"required": "Write the objective"},
            "actions": {"required": "Write the actions"},
            "who": {"required": "Say who does it"},
            "by_when": {"required": "Enter the day by when it is done"},
            "success_measure": {"required": "Say how you will know it worked"},
        }

    def __init__(self, *args: Any, criteria: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["criterion"].queryset = criteria  # type: ignore[attr-defined]


class ProgressForm(SeenMixin, PortalModelForm):
    main_button = "Save the progress"
    options = {"progress_notes": {"rows": 5}}

    class Meta:
        model = ActionRow
        fields: ClassVar = ["rag", "progress_notes"]
        widgets: ClassVar = {"rag": forms.RadioSelect}
        labels: ClassVar = {"rag": "How it is going", "progress_notes": "Notes on progress"}


class TextForm(PortalForm):
    """A reflection's or a core document's text. The word limit is counted while typing, and checked when
    the part is sent: a draft may be too long.
    """

    main_button = "Save"
    mark_optional = False

    text = forms.CharField(widget=forms.Textarea, required=False, strip=False, max_length=60_000)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_reflection = part.kind == Part.Kind.REFLECTION
        self.fields["text"].label = "Your reflection" if is_reflection else "What you want to say about it"
        self.fields["text"].help_text = (
            "What changed in your school, and how do you know? Write about impact, not only what you did."
            if is_reflection
            else "Write it here, or add a file below, or both."
        )
        self.field_options["text"] = {"rows": 16 if is_reflection else 8, "label_size": "m"}
        self.limit = part.submission.round.framework.reflection_words if is_reflection else None

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\r", "\n")


def criteria_of(part: Part) -> Any:
    framework = part.submission.round.framework_id
    return Criterion.objects.filter(strand__framework=framework).order_by("code")

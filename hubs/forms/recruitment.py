"""Forms for finding and inviting schools, for HQ's letter, and for a school's answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User
from hubs.domain import letters
from hubs.domain.mailings import Wanted
from hubs.forms.register import no_link
from hubs.models import Enclosure, LetterParagraph, MailOut, Prospect
from hubs.pages.recruitment import AWARDS, DEFAULT_MILES, MILES
from messaging.domain.wording import strange_fields
from psqm_portal.core.files.storing import BadFile, store
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.models import StoredFile
from psqm_portal.core.seen import SeenMixin
from schools.models import School

NONE, STANDARD, KEPT, OWN = "none", "standard", "kept", "own"


class FindForm(PortalForm):
    mark_optional = False
    options = {"q": {"width": 20}, "authority": {"width": 20}}

    q = forms.CharField(label="Name, place or postcode", required=False, max_length=100)
    miles = forms.ChoiceField(
        label="How far from the hub",
        required=False,
        choices=[("", "Any distance"), *((miles, f"Up to {miles} miles") for miles in MILES)],
        initial=DEFAULT_MILES,
    )
    authority = forms.CharField(label="Local authority", required=False, max_length=100)
    phase = forms.ChoiceField(
        label="Phase", required=False, choices=[("", "Any phase"), *School.Phase.choices]
    )
    award = forms.ChoiceField(
        label="Last award",
        required=False,
        choices=[("", "Any, lapsed first"), *((key, words) for key, (words, _) in AWARDS.items())],
    )

    def __init__(self, *args: Any, is_placed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_placed:
            del self.fields["miles"]

    def given(self) -> dict[str, Any]:
        """What is asked for; before anything is asked, the schools near the hub."""
        if not self.is_bound:
            return {"miles": DEFAULT_MILES} if "miles" in self.fields else {}
        return self.cleaned_data if self.is_valid() else {}


class StateForm(PortalForm):
    mark_optional = False

    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any state"), *Prospect.Status.choices]
    )

    def state_asked(self) -> str:
        return str(self.cleaned_data.get("state", "")) if self.is_bound and self.is_valid() else ""


class InviteForm(PortalForm):
    """A mailing. The schools with their addresses are rows of the page: ``take``, ``head-7``, ``email-7``."""

    main_button = "Save and preview"
    options = {"sender": {"rows": 6}}

    how = forms.ChoiceField(
        label="How do you send it?", choices=MailOut.How.choices, widget=forms.RadioSelect
    )
    sender = forms.CharField(
        label="Your address, as it stands at the top of a letter",
        widget=forms.Textarea,
        required=False,
        max_length=400,
        help_text="For letters. Up to eight lines: your name, street, town, postcode, phone.",
    )
    first_training = forms.CharField(
        label="The first training",
        required=False,
        max_length=200,
        validators=[no_link],
        help_text="When and where, as schools are to read it. Without it the paragraph is left out.",
    )
    paragraphs = forms.MultipleChoiceField(
        label="Paragraphs that you may leave out", required=False, widget=forms.CheckboxSelectMultiple
    )
    enclosure = forms.ChoiceField(label="What do you enclose?", widget=forms.RadioSelect)
    file = forms.FileField(
        label="Your own enclosure",
        required=False,
        help_text="A PDF, such as a report by a science subject leader who took part.",
    )
    title = forms.CharField(
        label="What your own enclosure is",
        required=False,
        max_length=120,
        validators=[no_link],
        help_text="The letter says it: “I enclose: a report by the science subject leader of Oak Primary”.",
    )
    both_sides = forms.BooleanField(
        label="We print on both sides of the paper: start each letter on a sheet of its own", required=False
    )

    def __init__(
        self, *args: Any, prospects: Sequence[Prospect], draft: MailOut | None, **kwargs: Any
    ) -> None:
        self.prospects, self.draft = prospects, draft
        self.standard: Enclosure | None = letters.standard_enclosure()
        self.optional = list(LetterParagraph.objects.filter(may_be_left_out=True))
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["paragraphs"].choices = [(str(one.pk), one.name) for one in self.optional]
        if not self.optional:
            del self.fields["paragraphs"]
        choices = [(NONE, "Nothing")]
        if self.standard is not None:
            choices.append((STANDARD, f"HQ’s: {self.standard.title}"))
        if draft is not None and draft.enclosure is not None and not self._is_standard(draft):
            choices.append((KEPT, draft.enclosure.name))
        fields["enclosure"].choices = [*choices, (OWN, "A file of our own")]

    def _is_standard(self, draft: MailOut) -> bool:
        return self.standard is not None and draft.enclosure_id == self.standard.file_id

    @property
    def is_open(self) -> bool:
        return bool(self.prospects)

    def rows(self) -> list[dict[str, Any]]:
        """Each school with what was typed for it, or what we know."""
        taken = set(self.data.getlist("take")) if self.is_bound else set()  # type: ignore[attr-defined]  # a QueryDict
        out = []
        for one in self.prospects:
            key = str(one.pk)
            known = one.head_name or one.school.headteacher_name
            out.append(
                {
                    "prospect": one,
                    "take": key in taken if self.is_bound else self._was_taken(one),
                    "head": self.data.get(f"head-{key}", "") if self.is_bound else known,
                    "email": self.data.get(f"email-{key}", "") if self.is_bound else one.email,
                    "error": self.row_errors.get(key, ""),
                }
            )
        return out

    def _was_taken(self, one: Prospect) -> bool:
        return self.draft is None or one.mail_out_id == self.draft.pk

    @property
    def row_errors(self) -> dict[str, str]:
        return getattr(self, "_row_errors", {})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        by_mail, letter = cleaned.get("how") == MailOut.How.MAIL, cleaned.get("how") == MailOut.How.LETTER
        if letter and not cleaned.get("sender", "").strip():
            self.add_error("sender", "Enter your address: it stands at the top of each letter")
        if len(cleaned.get("sender", "").strip().split("\n")) > 8:
            self.add_error("sender", "Write your address in up to eight lines")
        if cleaned.get("enclosure") == OWN:
            if not cleaned.get("file"):
                self.add_error("file", "Choose your PDF, or enclose nothing")
            if not cleaned.get("title"):
                self.add_error("title", "Say what you enclose")
        self._row_errors: dict[str, str] = {}
        self.people: dict[int, tuple[str, str]] = {}
        for row in self.rows():
            if row["take"]:
                self._take(row, by_mail=by_mail)
        if not self.people and not self._row_errors:
            self.add_error(None, "Tick at least one school")
        for sentence in self._row_errors.values():
            self.add_error(None, sentence)
        return cleaned

    def _take(self, row: dict[str, Any], *, by_mail: bool) -> None:
        one: Prospect = row["prospect"]
        head, email = str(row["head"]).strip()[:150], str(row["email"]).strip()
        sentence = ""
        try:
            no_link(head)
        except ValidationError:
            sentence = f"{one.school}: leave web addresses out of the headteacher’s name"
        if email:
            try:
                validate_email(email)
            except ValidationError:
                sentence = f"{one.school}: enter an email address, like name@school.example"
        elif by_mail:
            sentence = f"{one.school}: enter an email address, or untick it"
        if sentence:
            self._row_errors[str(one.pk)] = sentence
        else:
            self.people[one.pk] = (head, email)

    def wanted(self, *, owner: str, by: User, now: datetime) -> Wanted | None:
        """What to save; None, with the reason on the form, where the file can't be used."""
        given = self.cleaned_data
        enclosure, title = self._enclosure(owner=owner, by=by, now=now)
        if self.errors:
            return None
        left_out = {str(one.pk) for one in self.optional} - set(given.get("paragraphs", []))
        return Wanted(
            how=given["how"],
            people=self.people,
            sender=given["sender"],
            first_training=given["first_training"],
            left_out=frozenset(int(pk) for pk in left_out),
            enclosure=enclosure,
            enclosure_title=title,
            both_sides=given["both_sides"],
        )

    def _enclosure(self, *, owner: str, by: User, now: datetime) -> tuple[StoredFile | None, str]:
        choice = self.cleaned_data["enclosure"]
        if choice == STANDARD and self.standard is not None:
            return self.standard.file, self.standard.title
        if choice == KEPT and self.draft is not None:
            return self.draft.enclosure, str(self.draft.values.get("enclosure", ""))
        if choice != OWN:
            return None, ""
        return pdf_of(self, owner=owner, by=by, now=now), self.cleaned_data["title"]


def pdf_of(form: PortalForm, *, owner: str, by: User, now: datetime) -> StoredFile | None:
    """The form's ``file``, checked and kept; None, with the reason on the form, where it isn't a PDF."""
    try:
        stored = store(form.cleaned_data["file"], owner=owner, by=by, now=now)
    except BadFile as bad:
        form.add_error("file", str(bad))
        return None
    if stored.kind != StoredFile.Kind.PDF:
        form.add_error("file", "The enclosure has to be a PDF. Save it as one, then choose it again.")
        return None
    return stored


class ParagraphForm(SeenMixin, PortalForm):
    main_button = "Save this paragraph"
    mark_optional = False
    options = {"text": {"rows": 7}}

    name = forms.CharField(
        label="What it is about",
        max_length=80,
        help_text="For HQ and hub leaders; schools don’t read it.",
    )
    text = forms.CharField(label="Text", widget=forms.Textarea, max_length=letters.LONGEST)
    may_be_left_out = forms.BooleanField(label="Hub leaders may leave it out", required=False)
    is_in_by_default = forms.BooleanField(label="It is in unless they leave it out", required=False)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if strange := strange_fields(text, letters.FIELDS):
            raise ValidationError(f"{strange[0]} isn’t a field of the letter. Use one of those on the list")
        return text


class EnclosureForm(PortalForm):
    main_button = "Use it from now on"
    title = forms.CharField(
        label="What it is",
        max_length=120,
        validators=[no_link],
        help_text="The letter says it: “I enclose: a report by the science subject leader of Oak Primary”.",
    )
    file = forms.FileField(label="The PDF")


class OptOutForm(PortalForm):
    """HQ enters what a school told us; ``schools`` are those that the search found."""

    main_button = "Never invite this school"
    options = {"reason": {"rows": 2}}

    school = forms.ModelChoiceField(
        School.objects.none(), label="School", widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(label="What they said", widget=forms.Textarea, required=False, max_length=1000)

    def __init__(self, *args: Any, schools: Sequence[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["school"]
        field.queryset = School.objects.filter(pk__in=[one.pk for one in schools])
        field.label_from_instance = lambda one: ", ".join(
            words for words in (one.name, one.town, one.postcode) if words
        )


class LiftForm(PortalForm):
    options = {"reason": {"rows": 2}}
    reason = forms.CharField(label="Reason", widget=forms.Textarea, max_length=1000)


class NoThanksForm(PortalForm):
    options = {"reason": {"rows": 3}}
    reason = forms.CharField(
        label="Why not this time?",
        widget=forms.Textarea,
        required=False,
        max_length=1000,
        help_text="It helps the hub to know.",
    )

"""Forms of HQ's mail pages."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from messaging.domain import texts
from messaging.domain.wording import Wording
from messaging.models import Email
from messaging.registers import MailKind, mail_kinds
from psqm_portal.core.forms import PortalForm
from psqm_portal.core.seen import SeenMixin

# What allauth writes: links and codes that sign somebody in, and notices of changed passwords.
SIGNING_IN = "signing-in"


def _kinds() -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in mail_kinds.values():
        groups.setdefault(kind.group, []).append((kind.slug, kind.title))
    named: list[tuple[str, Any]] = [
        (group, sorted(kinds, key=lambda one: one[1])) for group, kinds in groups.items()
    ]
    return [("", "Any mail"), *sorted(named), (SIGNING_IN, "Signing in and passwords")]


class MailFilterForm(PortalForm):
    mark_optional = False

    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any state"), *Email.State.choices]
    )
    kind = forms.ChoiceField(label="Mail", required=False, choices=_kinds)
    q = forms.CharField(label="Address, name or subject", required=False, max_length=100)

    def narrow(self, rows: QuerySet[Email]) -> QuerySet[Email]:
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        if given.get("state"):
            rows = rows.filter(state=given["state"])
        if given.get("kind") == SIGNING_IN:
            rows = rows.filter(template__regex=r"^(account|mfa)/")
        elif given.get("kind"):
            rows = rows.filter(template=_template_of(given["kind"]))
        for word in given.get("q", "").split():
            rows = rows.filter(
                Q(to__icontains=word) | Q(subject__icontains=word) | Q(recipient__name__icontains=word)
            )
        return rows


def _template_of(slug: str) -> str:
    return next((kind.template for kind in mail_kinds.values() if kind.slug == slug), "")


class MailTextForm(SeenMixin, PortalForm):
    """Subject and text of one mail; ``example`` is the thing that the preview shows."""

    main_button = "Save and use from now on"
    mark_optional = False
    options = {"body": {"rows": 18}, "subject": {"width": 30}}

    subject = forms.CharField(label="Subject", max_length=texts.LONGEST_SUBJECT)
    body = forms.CharField(label="Text", widget=forms.Textarea, max_length=texts.LONGEST_BODY)
    example = forms.ChoiceField(label="Preview with", required=False)

    def __init__(self, *args: Any, kind: MailKind, examples: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if examples:
            self.fields["example"].choices = list(enumerate(examples))  # type: ignore[attr-defined]
        else:
            del self.fields["example"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "subject" in cleaned and "body" in cleaned:
            for name, sentences in texts.problems(self.kind, cleaned["subject"], cleaned["body"]).items():
                for sentence in sentences:
                    self.add_error(name, sentence)
        return cleaned

    @property
    def chosen(self) -> int:
        """The example's place; the first where nothing else is asked for."""
        given = str((self.data if self.is_bound else self.initial).get("example", ""))
        count = len(self.fields["example"].choices) if "example" in self.fields else 0  # type: ignore[attr-defined]
        return int(given) if given.isdecimal() and int(given) < count else 0

    def wording(self) -> Wording:
        """As typed, also where it can't be saved yet: a preview shows it."""
        typed = self.data if self.is_bound else self.initial
        subject, body = str(typed.get("subject", "")), str(typed.get("body", ""))
        return Wording(" ".join(subject.split()), body.replace("\r\n", "\n").strip())

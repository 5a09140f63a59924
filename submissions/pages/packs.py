"""What "Download everything" shows: of each kind of pack the newest that somebody asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from accounts.models import User
from submissions.domain import packs
from submissions.models import Pack, Submission

TITLES = {Pack.Kind.PDF: "One PDF, to read and print", Pack.Kind.ZIP: "One ZIP, with every file"}
HINTS = {
    Pack.Kind.PDF: "With a table of contents, page numbers and the photos. Other files are listed.",
    Pack.Kind.ZIP: "All files in a folder for each part, with a page that leads to them.",
}
BUTTONS = {Pack.Kind.PDF: "Make the PDF", Pack.Kind.ZIP: "Make the ZIP"}


@dataclass(frozen=True, slots=True)
class Offer:
    """``state``: none, underway, made, closed or failed. ``url`` is asked (POST) and looked at (GET)."""

    kind: Pack.Kind
    state: str
    url: str
    page_url: str
    pack: Pack | None = None
    why_closed: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def hint(self) -> str:
        return HINTS[self.kind]

    @property
    def button(self) -> str:
        return BUTTONS[self.kind]

    @property
    def kept_until(self) -> datetime | None:
        return self.pack.asked_at + packs.KEPT_FOR if self.pack else None

    @property
    def doing(self) -> str:
        """What is being done now, in words."""
        pack = self.pack
        if pack is None or pack.status == Pack.Status.WAITING:
            return "Waiting for its turn"
        files = pack.steps - 2
        if pack.steps_done < files:
            return f"Getting file {pack.steps_done + 1:,} of {files:,} ready"
        return "Laying out the pages" if self.kind == Pack.Kind.PDF else "Putting it together"


@dataclass(frozen=True, slots=True)
class Counter:
    """Where somebody asks for packs of one submission: the same for the school and for a reviewer."""

    person: User
    submission: Submission
    is_frozen: bool
    now: datetime
    page_url: str
    url_of: Callable[[str], str]

    def offers(self) -> list[Offer]:
        rows = Pack.objects.filter(
            submission=self.submission, is_frozen=self.is_frozen, asked_by=self.person
        ).select_related("file")
        newest: dict[str, Pack] = {}
        for pack in rows:
            pack.submission = self.submission
            newest.setdefault(pack.kind, pack)
        return [self._offer(kind, newest.get(kind)) for kind in Pack.Kind]

    def _offer(self, kind: Pack.Kind, pack: Pack | None) -> Offer:
        state, why = "none", ""
        if pack is not None:
            state = "underway" if pack.status in packs.UNDERWAY else str(pack.status)
            if pack.status == Pack.Status.MADE and (why := packs.why_closed(pack, now=self.now)):
                state = "closed"
        return Offer(kind, state, self.url_of(kind), self.page_url, pack, why)

    def answer(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """POST asks for one; GET says how far it is. htmx gets the box alone, others the page."""
        if kind not in Pack.Kind.values:
            raise Http404
        if request.method == "POST":
            packs.ask(self.submission, kind=kind, is_frozen=self.is_frozen, by=self.person, now=self.now)
        if not request.headers.get("HX-Request"):
            return redirect(f"{self.page_url}#pack-{kind}")
        return self._box(request, next(offer for offer in self.offers() if offer.kind == kind))

    @staticmethod
    def _box(request: HttpRequest, offer: Offer) -> HttpResponse:
        return render(request, "submissions/pack/_offer.html", {"offer": offer})

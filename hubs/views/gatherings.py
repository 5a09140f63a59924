"""What the pages of training sessions and of HQ's meetings do alike. The callers have asked the right."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header

from hubs.domain import gatherings
from hubs.domain.attending import Sheet, certificates
from hubs.domain.gatherings import AnyGathering, Face
from hubs.forms.training import CallOffForm, MaterialForm
from psqm_portal.core.calendars import Dated
from psqm_portal.core.clock import now
from psqm_portal.core.files.types import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.pdf import PdfTooMuch, PdfUnavailable
from rounds.domain import ical
from rounds.views.access import SignedIn


def call_off(
    request: SignedIn, gathering: AnyGathering, face: Face, does: Callable[[str], None]
) -> HttpResponse:
    form = CallOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            does(form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{face.name} is called off. We’re telling people.")
            return redirect(face.url)
    context = {"form": form, "face": face, "gathering": gathering, "when": gatherings.when(gathering)}
    return render(request, "hubs/training/call_off.html", context)


def material_new(request: SignedIn, gathering: AnyGathering, face: Face) -> HttpResponse:
    form = MaterialForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            gatherings.add_material(
                gathering, face, title=given["title"], upload=given["file"] or None, url=given["url"],
                by=request.user, now=now(),
            )  # fmt: skip
        except BadFile as bad:
            form.add_error("file", str(bad))
        else:
            messages.success(request, "The material is added.")
            return redirect(face.url)
    return render(request, "hubs/training/material.html", {"form": form, "face": face})


def material_remove(request: SignedIn, gathering: AnyGathering, face: Face, pk: int) -> HttpResponse:
    material: Any = get_object_or_404(gathering.materials.select_related("file"), pk=pk)
    if request.method == "POST":
        gatherings.remove_material(material)
        messages.success(request, f"{material.title} is removed.")
        return redirect(face.url)
    return render(request, "hubs/training/material_remove.html", {"material": material, "face": face})


def calendar_file(one: Dated, name: str) -> HttpResponse:
    return _download(ical.file(one), f"{name}.ics".replace("/", " "), ical.CONTENT_TYPE)


def certificates_file(request: SignedIn, face: Face, sheets: Sequence[Sheet]) -> HttpResponse:
    if not sheets:
        raise Http404
    who = sheets[0].name if len(sheets) == 1 else "all"
    sent = send_pdf(request, lambda: certificates(sheets), f"Certificate {face.name} {who}.pdf")
    return sent or redirect(face.url)


def send_pdf(request: SignedIn, make: Callable[[], bytes], name: str) -> HttpResponse | None:
    """None where it can’t be made: the next page says so."""
    try:
        return _download(make(), name.replace("/", " "), "application/pdf")
    except (PdfUnavailable, PdfTooMuch):
        messages.error(request, "Certificates can’t be made at the moment. Try again later.")
        return None


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response

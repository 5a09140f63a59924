"""What a round costs and what leaders earn in it: made with the round, kept by HQ."""

from datetime import datetime
from typing import TypeVar

from django.db import models, transaction

from accounts.models import User
from payments.models import Earning, EarningTerms, Fees
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry
from rounds.models import Round

Settings = TypeVar("Settings", Fees, EarningTerms)


def lay_down(round_: Round, *, like: Round | None = None) -> None:
    """Fees and terms of a new round: those of the round it is a copy of; else the latest round's of the
    same kind, else the defaults.
    """
    _copy_latest(Fees, round_, like)
    _copy_latest(EarningTerms, round_, like)


def fees_of(round_: Round) -> Fees:
    return Fees.objects.filter(round=round_).first() or _copy_latest(Fees, round_)


def terms_of(round_: Round) -> EarningTerms:
    return EarningTerms.objects.filter(round=round_).first() or _copy_latest(EarningTerms, round_)


def _copy_latest(model: type[Settings], round_: Round, like: Round | None = None) -> Settings:
    rows = model._default_manager.filter(round__kind=round_.kind)
    latest = rows.order_by("-round__year", "-pk").first()
    copied = (rows.filter(round=like).first() if like is not None else None) or latest or model()
    return model._default_manager.get_or_create(
        round=round_, defaults={name: getattr(copied, name) for name in _settings(model)}
    )[0]


def _settings(model: type[models.Model]) -> dict[str, str]:
    """What HQ sets: a field's name and its words."""
    fields = model._meta.fields  # noqa: SLF001 - documented by Django
    return {field.name: str(field.verbose_name) for field in fields if field.name not in {"id", "round"}}


def save_fees(fees: Fees, *, by: User, now: datetime) -> Fees:
    """Keep what HQ set; invoices that were issued stay as they are."""
    return _save(fees, "fees", by=by, now=now)


def shares_are_settled(round_: Round) -> bool:
    """Whether a part of a school's rate has been earned, so that another split could pay it twice."""
    return Earning.objects.filter(submission__round=round_, kind=Earning.Kind.SCHOOL).exists()


def save_terms(terms: EarningTerms, *, by: User, now: datetime) -> EarningTerms:
    """Keep what HQ set. Raises Refused for another rate or split once a part of it has been earned."""
    with transaction.atomic():
        before = EarningTerms.objects.select_for_update().get(pk=terms.pk)
        split = (terms.school_rate, terms.shares)
        if split != (before.school_rate, before.shares) and shares_are_settled(terms.round):
            raise Refused(
                f"Leaders have already earned a part for schools of {terms.round}, so the amount for a school"
                " and its shares can't change any more."
            )
        return _save(terms, "earning_terms", by=by, now=now)


def _save(settings: Settings, machine: str, *, by: User, now: datetime) -> Settings:
    """Writes what changed into the history: money's settings are asked about later."""
    model = type(settings)
    with transaction.atomic():
        before = model._default_manager.select_for_update().get(pk=settings.pk)
        changes = [
            f"{label}: {_shown(before, name)} → {_shown(settings, name)}"
            for name, label in _settings(model).items()
            if getattr(before, name) != getattr(settings, name)
        ]
        if changes:
            settings.save()
            HistoryEntry.objects.create(
                machine=machine,
                subject_id=settings.pk,
                action="save",
                target="saved",
                by=by,
                at=now,
                reason="\n".join(changes),
            )
    return settings


def _shown(settings: models.Model, name: str) -> str:
    value = getattr(settings, name)
    return "not set" if value is None or value == "" else str(value)

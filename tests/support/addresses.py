"""What stands in an address of a world: the ids of a route, by what they name."""

from typing import Any

from rounds.models import RoundTemplate, TemplateMilestone
from tests.support.world import World


def sub(w: World) -> list[Any]:
    return [w.working.pk]


def part(w: World) -> list[Any]:
    return [w.working.pk, w.part.pk]


def row(w: World) -> list[Any]:
    return [w.working.pk, w.row.pk]


def piece(w: World) -> list[Any]:
    return [w.working.pk, w.piece.pk]


def incoming(w: World) -> list[Any]:
    return [w.working.pk, w.extra["incoming"].pk]


def part_piece(w: World) -> list[Any]:
    return [w.working.pk, w.part.pk, w.piece.pk]


def round_(w: World) -> list[Any]:
    return [w.round.slug]


def hub(w: World) -> list[Any]:
    return [w.hub.slug]


def hub_round(w: World) -> list[Any]:
    return [w.hub.slug, w.round.slug]


def substitution(w: World) -> list[Any]:
    return [w.hub.slug, w.extra["substitution"].pk]


def session(w: World) -> list[Any]:
    return [w.session.pk]


def meeting(w: World) -> list[Any]:
    return [w.extra["meeting"].pk]


def posting(w: World) -> list[Any]:
    return [*hub_round(w), w.extra["mail_out"].pk]


def registration(w: World) -> list[Any]:
    return [w.registration.pk]


def application(w: World) -> list[Any]:
    return [w.extra["application"].pk]


def school(w: World) -> list[Any]:
    return [w.school.pk]


def past(w: World) -> list[Any]:
    return [w.extra["past_import"].pk]


def register(w: World) -> list[Any]:
    return [w.extra["register_import"].pk]


def told(w: World) -> list[Any]:
    return [w.round.slug, w.told.pk]


def appeal(w: World) -> list[Any]:
    return [w.round.slug, w.extra["appeal"].pk]


def release(w: World) -> list[Any]:
    return [w.round.slug, w.extra["release"].pk]


def in_review(w: World) -> list[Any]:
    return [w.round.slug, w.in_review.pk]


def review(w: World) -> list[Any]:
    return [w.review.pk]


def invoice(w: World) -> list[Any]:
    return [w.invoice.pk]


def template(_: World) -> list[Any]:
    return [RoundTemplate.objects.get(season="autumn", kind="standard").pk]


def template_step(w: World) -> list[Any]:
    audit = TemplateMilestone.objects.get(template=template(w)[0], step="audit")
    return [*template(w), audit.pk]


def framework(w: World) -> list[Any]:
    return [w.round.framework_id]


def person(w: World, role: str) -> int:
    person = w.people[role]
    assert person is not None
    return person.pk

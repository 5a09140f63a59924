"""A hub asks schools: some picked, some invited by mail with every answer, two letters to be printed."""

from datetime import datetime, timedelta

from hubs.domain import mailings
from hubs.domain import recruitment as domain
from hubs.domain.mailings import Wanted
from hubs.models import HubRound, Prospect
from psqm_portal.core.machine import Refused
from psqm_portal.demo.story.cast import Cast
from rounds.models import Round
from schools.models import School

ADDRESS = "{leader}\nHub leader, {hub}\nThe Learning Centre\n{place}"
TRAINING = "the first day is at the Learning Centre; we send the date once you have registered"


def recruit(cast: Cast, round_: Round) -> None:
    """From the schools that nobody has asked; where nobody can be invited on this day, they stay picked."""
    hub = cast.hubs[0]
    row = HubRound.objects.select_related("hub", "round__framework").get(hub=hub.hub, round=round_)
    began = cast.now - timedelta(days=9)
    free = domain.askable(School.objects.all(), round_).order_by("pk").values_list("pk", flat=True)
    schools = list(free[:9])
    if not schools:
        return
    try:
        domain.pick(row, schools, by=hub.leader, now=began)
        _invite(cast, row, schools[:5], "mail", now=began + timedelta(days=1))
        _answer(schools, now=began + timedelta(days=3))
        _invite(cast, row, schools[5:7], "letter", now=cast.now - timedelta(hours=2))
        # A school of another hub's area told HQ on the phone.
        if len(free) > 9:
            out = School.objects.get(pk=free[len(free) - 1])
            said = "They rang: they take part in another scheme, and want no more letters."
            domain.opt_out(out, reason=said, by=cast.head_office, now=began)
    except Refused:
        return  # on this day of the year no invitation can go out


def _invite(cast: Cast, row: HubRound, schools: list[int], how: str, *, now: datetime) -> None:
    leader = cast.hubs[0].leader
    rows = Prospect.objects.filter(school__in=schools, hub=row.hub, status="picked")
    people = {one.pk: ("", f"office@school-{one.school_id}.example") for one in rows}
    if not people:
        return
    wanted = Wanted(
        how=how,
        people=people,
        sender=ADDRESS.format(leader=leader, hub=row.hub, place=row.hub.place),
        first_training=TRAINING,
    )
    mailings.send(mailings.save_draft(row, wanted, by=leader, now=now), by=leader, now=now)


def _answer(schools: list[int], *, now: datetime) -> None:
    """Of five, one never looked, one looked, one said no, one wants no more, and one waits."""
    sent = Prospect.objects.select_related("school").filter(school__in=schools[1:4], status="sent")
    rows = list(sent.order_by("pk"))
    for row in rows:
        domain.note_opened(row, now=now)
    if len(rows) > 1:
        reason = "Our subject leader is new. Ask us again next year."
        domain.decline(rows[1], reason=reason, now=now + timedelta(hours=1))
    if len(rows) > 2:
        domain.opt_out(rows[2].school, reason="", by=None, now=now + timedelta(hours=2))

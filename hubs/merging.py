"""Two records of one school become one: what of a hub's rows may stand once only."""

from datetime import datetime

from hubs.models import Attendance, CatchUp, OptOut, Prospect, Registration, SessionReply
from schools.domain.merging import Relation, relations
from schools.models import School

_ALONG = list(Prospect.Status)


def _both_wait(stays: School, goes: School) -> str | None:
    waiting = Registration.objects.filter(status=Registration.Status.WAITING)
    both = waiting.filter(school=goes, round__in=waiting.filter(school=stays).values("round"))
    row = both.select_related("round").order_by("pk").first()
    if row is None:
        return None
    return f"Both have a registration for {row.round} that isn’t answered. Decline one of them first."


def _opted_out_for_good(stays: School, goes: School, _now: datetime) -> None:
    if OptOut.objects.filter(school=stays).exists():
        OptOut.objects.filter(school=goes).delete()


def _asked_once(stays: School, goes: School, _now: datetime) -> None:
    """In one season, what came further is kept."""
    here = {row.season: row for row in Prospect.objects.select_for_update().filter(school=stays)}
    for row in Prospect.objects.select_for_update().filter(school=goes, season__in=here).order_by("pk"):
        min(
            here[row.season], row, key=lambda one: (_ALONG.index(Prospect.Status(one.status)), -one.pk)
        ).delete()


def _attended_once(stays: School, goes: School, _now: datetime) -> None:
    here = {row.session_id: row for row in Attendance.objects.filter(school=stays)}
    for row in Attendance.objects.filter(school=goes, session__in=here):
        min(here[row.session_id], row, key=lambda one: (one.people, -one.pk)).delete()


def _replied_once(stays: School, goes: School, _now: datetime) -> None:
    """Of two answers for one person the later one stands, and so does that they came."""
    here = {(row.session_id, row.name): row for row in SessionReply.objects.filter(school=stays)}
    for row in SessionReply.objects.filter(school=goes):
        twin = here.get((row.session_id, row.name))
        if twin is None:
            continue
        first, last = sorted((twin, row), key=lambda one: (one.replied_at, one.pk))
        first.delete()
        if first.came and not last.came:
            last.came = True
            last.save(update_fields=["came"])


def _caught_up_once(stays: School, goes: School, _now: datetime) -> None:
    """Both words are kept."""
    here = {row.session_id: row for row in CatchUp.objects.filter(school=stays)}
    for row in CatchUp.objects.filter(school=goes, session__in=here):
        twin = here[row.session_id]
        if row.how.strip() != twin.how.strip():
            twin.how = f"{twin.how}\n\n{row.how}"
            twin.save(update_fields=["how"])
        row.delete()


relations |= {
    "hubs.Registration.school": Relation("registration", why_not=_both_wait, is_locked_first=True),
    "hubs.Prospect.school": Relation("invitation to join,invitations to join", settle=_asked_once),
    "hubs.OptOut.school": Relation(
        "wish not to be invited,wishes not to be invited", settle=_opted_out_for_good
    ),
    "hubs.Attendance.school": Relation(
        "training session attended,training sessions attended", settle=_attended_once
    ),
    "hubs.SessionReply.school": Relation(
        "reply to a training session,replies to training sessions", settle=_replied_once
    ),
    "hubs.CatchUp.school": Relation(
        "training session caught up,training sessions caught up", settle=_caught_up_once
    ),
    "hubs.MentoringEntry.school": Relation("entry of mentoring time,entries of mentoring time"),
    "hubs.HandOverNote.school": Relation("hub leader’s note,hub leaders’ notes"),
    "hubs.LeaderApplication.school": Relation("application to lead a hub,applications to lead hubs"),
}

"""What settling a case in one way will do, and to whom: asked before it is done."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.queries import hq_people
from hubs.models import HubMembership, HubRound, Seat
from hubs.queries import leader_of
from psqm_portal.core.machine import Occasion
from psqm_portal.core.registers import money_effects
from psqm_portal.core.roles import HUB, Role
from schools.models import SchoolMembership
from submissions.domain.later_date import dates_of, warnings
from submissions.domain.machine import submission_machine
from submissions.models import LIVE, Case, Submission
from submissions.pages import extensions
from submissions.pages.sight import Sight
from submissions.queries import hub_people, school_people

Given = Mapping[str, Any]
MOVES = {"move-hub": "move_hub", "defer": "defer", "withdraw": "withdraw", "extend": "extend"}


def why_not(case: Case, slug: str, given: Given, sight: Sight) -> str | None:
    """What the verb would refuse, said on the form already; the verb asks again."""
    if case.submission is None or slug not in MOVES:
        return None
    move = submission_machine.moves[MOVES[slug]]
    occasion = Occasion(by=sight.person, now=sight.now, reason=given.get("reason", ""), given=dict(given))
    if (sentence := submission_machine.why_not(move, case.submission, occasion)) is not None:
        return sentence
    hub, round_ = given.get("hub"), given.get("round") or case.submission.round
    if hub is None:
        return None
    if not HubRound.objects.filter(hub=hub, round=round_).exists():
        return f"{hub} doesn't take part in {round_}."
    if not _free(hub.pk, round_.pk):
        return f"{hub} has no free place in {round_}."
    return None


def _free(hub_id: int, round_id: int) -> int:
    return Seat.objects.free().filter(hub_round__hub=hub_id, hub_round__round=round_id).count()


def happens(case: Case, slug: str, given: Given, sight: Sight) -> list[str]:
    if slug == "replace-leader":
        return _replace(case, given)
    if case.submission is None or slug == "answer":
        return ["Nothing changes in the school’s work or in the hub."]
    if slug == "extend":
        return extensions.happens(sight, dates_of(case.submission)[given["step"]], given["until"])
    says = {"hand-over": _hand_over, "move-hub": _move, "defer": _defer, "withdraw": _withdraw}
    return says[slug](case.submission, given)


def _defer(submission: Submission, given: Given) -> list[str]:
    return [
        f"{submission.school} leaves this round, and goes on in {given['round']} with {given['hub']}.",
        "A copy of all its work is made there: texts, rows, evidence and captions. Each part is a draft.",
        "Its place in this round’s hub is free for another school. This can’t be undone.",
    ]


def _withdraw(submission: Submission, _: Given) -> list[str]:
    return [
        f"{submission.school} leaves the round. Everything stays readable; nobody can work on it any more.",
        "Its place in the hub is free for another school. This can’t be undone.",
    ]


def _hand_over(submission: Submission, given: Given) -> list[str]:
    name, school = given["name"], submission.school
    known = User.objects.filter(email=given["email"].strip().lower(), is_active=True).first()
    found = [
        f"{known} is subject leader of {school} at once."
        if known
        else f"We send {name} an invitation for {school}. The link works for 14 days."
    ]
    left = [one.user for one in given["leaving"]]
    found += [
        f"{person} isn’t subject leader of {school} any more, from the next page on." for person in left
    ]
    stays = school_people(submission, Role.SUBJECT_LEADER).exclude(pk__in=[person.pk for person in left])
    if not known and not stays.exists():
        found.append(f"Until {name} accepts, nobody at the school can write: HQ and the hub leader read.")
    found.append("All the work stays: texts, drafts, evidence, feedback, sign-offs, dates and messages.")
    return found


def _move(submission: Submission, given: Given) -> list[str]:
    to = given["hub"]
    leader, free = leader_of(to), _free(to.pk, submission.round_id)
    people = hub_people(submission, *HUB)
    found = [
        f"{submission.school} takes one of {free} free places of {to} in {submission.round}.",
        f"Its place in {submission.hub} is free for another school.",
        f"{leader} leads it from then on: levels, feedback, sign-off.",
    ]
    if names := _names(people):
        found.append(f"{names} can’t open its work and messages any more, from the next page on.")
    found.append("The work, its sign-offs and its messages stay as they are; the new hub reads all of them.")
    if (training := _training(submission, to.pk)) is not None:
        found.append(training)
    if submission.status == Submission.Status.IN_REVIEW:
        found.append(f"Unfinished reviews of it by people of {to} are taken back; finished ones stay.")
    found.append(f"People of {submission.hub} still may not review it.")
    return found


def _training(submission: Submission, to: int) -> str | None:
    held = {
        row.hub_id: row.get_training_display().lower()
        for row in HubRound.objects.filter(hub__in=[submission.hub_id, to], round=submission.round_id)
    }
    before, after = held.get(submission.hub_id), held.get(to)
    if before == after or after is None:
        return None
    return f"Training: the new hub has {after}, the old one {before}."


def _replace(case: Case, given: Given) -> list[str]:
    hub, former = case.hub_now, leader_of(case.hub_now)
    known = User.objects.filter(email=given["email"].strip().lower(), is_active=True).first()
    at_once = f"{known} leads {hub} at once." if known else ""
    found = [
        at_once
        or f"We send {given['name']} an invitation. They lead {hub} when they accept it; the link"
        " works for 14 days."
    ]
    if former is not None:
        found.append(f"From that moment {former} doesn’t lead {hub} any more, and can’t open its schools.")
    schools = Submission.objects.filter(hub=hub, status__in=LIVE)
    found.append(f"{_schools(schools.count())} with work in hand keep it, with messages and sign-offs.")
    found.append("The new leader may not review those schools: unfinished reviews of theirs are taken back.")
    if known is not None:
        own = schools.filter(school__memberships__user=known).values_list("school__name", flat=True)
        found += [
            f"{known} is or was at {name}, so can’t lead or sign off its work. Move that school elsewhere."
            for name in own.distinct()
        ]
    return found


def _schools(number: int) -> str:
    return "1 school" if number == 1 else f"{number} schools"


def money(case: Case, slug: str, given: Given) -> list[str]:
    """What the apps that know money say of it; nothing for a mere answer."""
    if slug == "answer":
        return []
    act = slug.replace("-", "_")
    subject = case.hub_now if slug == "replace-leader" else case.submission
    return [sentence for asks in money_effects for sentence in asks(act, subject, given)]


def money_of_move(submission: Submission, action: str) -> list[str]:
    """For HQ's moves that have a page of their own, where nothing is chosen yet."""
    return [sentence for asks in money_effects for sentence in asks(action, submission, {})]


def told(case: Case, slug: str, given: Given, person: User) -> list[str]:
    """Everybody who gets a mail, as the notices write them."""
    people: list[User] = [case.raised_by] if case.raised_by.is_active else []
    names: list[str] = []
    if case.submission is not None and slug not in {"answer", "replace-leader"}:
        people += school_people(case.submission, Role.SUBJECT_LEADER, Role.HEADTEACHER)
        people += hub_people(case.submission, *(HUB if slug == "move-hub" else {Role.HUB_LEADER}))
    if slug == "move-hub":
        new = HubMembership.objects.current().filter(hub=given["hub"], user__is_active=True)
        people += [one.user for one in new.select_related("user")]
    if slug in {"hand-over", "replace-leader"}:
        known = User.objects.filter(email=given["email"].strip().lower(), is_active=True).first()
        people += [known] if known else []
        names += [] if known else [f"{given['name']} ({given['email']}), an invitation"]
    if slug == "replace-leader" and (not names):
        people += [one for one in [leader_of(case.hub_now)] if one is not None]
        people += _schools_people(case)
    return [*(str(one) for one in dict.fromkeys(people) if one != person), *names]


def _schools_people(case: Case) -> list[User]:
    schools = Submission.objects.filter(hub=case.hub_now, status__in=LIVE).values("school")
    rows = SchoolMembership.objects.current().filter(
        school__in=schools,
        role__in=[Role.SUBJECT_LEADER.value, Role.HEADTEACHER.value],
        user__is_active=True,
    )
    return [one.user for one in rows.select_related("user").order_by("user__name", "pk")]


def warned(case: Case, slug: str, given: Given) -> list[str]:
    if slug == "extend" and case.submission is not None:
        until: date = given["until"]
        return warnings(case.submission, given["step"], until)
    return []


def owners() -> QuerySet[User]:
    return hq_people([Role.HQ_ADMIN]).order_by("name", "pk")


def _names(people: Iterable[User]) -> str:
    names = [str(person) for person in people]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

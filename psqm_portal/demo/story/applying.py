"""Who wants to lead a hub: one still writes, one waits, one is asked for more. And each hub leader's year."""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from hubs.domain import applications, judging
from hubs.domain.commitments import sign
from hubs.models import CommitmentPoint, LeaderApplication, LeaderCriterion
from psqm_portal.demo.making.papers import paper
from psqm_portal.demo.story.cast import Cast, HubPeople

WORDS = {
    1: "I have led science meetings in my school for six years, and two training days a year for the schools "
    "around us. The evaluations of the last one are in the file.",
    2: "I have taught Years 2, 4 and 5, in all of them science.",
    3: "Science had half an afternoon when I took it on. Now every class has two lessons a week, a garden "
    "with a weather station, and a science week with the water company’s engineers.",
    4: "I go to the ASE conference each January and read its journal. What I brought home last year was a "
    "way of writing down what children ask, which all classes use now.",
    5: "I have been mentor to four newly qualified teachers, and I help the science leaders of two small "
    "schools each half term.",
}
LETTER = ("Our colleague has taught in Years 2, 4 and 5 since 2018, and has led science for six years.",)
QUESTION = "Which of these did you lead yourself, and what did the evaluations say?"
# Days from now on which each hub leader's year ends.
ENDS_IN = (40, 210, 150, 95)


def apply(cast: Cast) -> None:
    now, admin = cast.now, cast.head_office
    _begin("Ines Calder", "Kirkfell", "KF1 3AB", now=now - timedelta(days=3), most=2)
    sent = _begin("Tomas Reid", "Harrowgate", "HG4 2AB", now=now - timedelta(days=9), most=5)
    sent = applications.send(sent, now=now - timedelta(days=8))
    for answer in sent.answers.filter(criterion__number__in=[1, 2]):
        judging.judge(answer, judgement="met", note="", by=admin, now=now - timedelta(days=6))
    asked = _begin("Maud Ellery", "Saltby", "SB2 8DE", now=now - timedelta(days=20), most=5)
    asked = applications.send(asked, now=now - timedelta(days=18))
    first = asked.answers.get(criterion__number=1)
    judging.judge(first, judgement="more", note=QUESTION, by=admin, now=now - timedelta(days=13))
    judging.ask_for_more(asked, by=admin, now=now - timedelta(days=13))


def _begin(name: str, place: str, postcode: str, *, now: datetime, most: int) -> LeaderApplication:
    email = f"{name.lower().replace(' ', '.')}@{place.lower()}.example"
    applications.begin(name=name, email=email, now=now)
    application = LeaderApplication.objects.get(email=email)
    about = {
        "phone": "01632 960417",
        "is_teacher": False,
        "employer": f"{place} Science Learning",
        "place": place,
        "postcode": postcode,
    }
    application = applications.save_about(application, about, now=now)
    criteria = {one.number: one for one in LeaderCriterion.objects.all()}
    for number, words in WORDS.items():
        if number <= most:
            applications.save_answer(application, criteria[number], {"text": words}, now=now)
    letter = SimpleUploadedFile("Letter from the headteacher.pdf", paper("Letter", name, LETTER))
    applications.add_file(application, criteria[2], letter, now=now)
    if most == len(WORDS):
        ticks = {f"point_{point.pk}": True for point in CommitmentPoint.objects.all()}
        applications.save_answer(application, criteria[6], ticks, now=now)
    return application


def sign_for_the_year(cast: Cast) -> None:
    """Each leader once; the first of them twice, so that a renewal is there to look at."""
    for number, (hub, days) in enumerate(zip(cast.hubs, ENDS_IN, strict=True)):
        ends = cast.now + timedelta(days=days)
        if number == 0:
            _sign(hub, ends - timedelta(days=2 * 365))
            _sign(hub, ends - timedelta(days=365 + 12))
        else:
            _sign(hub, ends - timedelta(days=365))


def _sign(hub: HubPeople, now: datetime) -> None:
    points = list(CommitmentPoint.objects.values_list("pk", flat=True))
    sign(hub.leader, ticked=points, name=hub.leader.name, now=now)

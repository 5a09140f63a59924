"""An application as a hub leader, from the mailed link to the hub."""

import hashlib
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Invitation
from hubs.domain import applications as domain
from hubs.domain import judging
from hubs.domain.application_machine import criteria_for, missing
from hubs.models import (
    ApplicationAnswer,
    ApplicationFile,
    CommitmentPoint,
    Hub,
    HubMembership,
    LeaderApplication,
    LeaderCriterion,
)
from messaging.models import Email
from psqm_portal.core.files.rights import may_read
from psqm_portal.core.files.storing import BadFile
from psqm_portal.core.machine import Refused
from psqm_portal.core.models import HistoryEntry, StoredFile
from psqm_portal.core.roles import Role
from psqm_portal.core.seen import OutOfDate, mark_of
from tests import factories as make
from tests.factories import NOW

pytestmark = pytest.mark.django_db

ABOUT = {
    "name": "Rosa Field",
    "phone": "01632 960001",
    "is_teacher": False,
    "employer": "Field Training",
    "school": None,
    "place": "Northmoor",
    "postcode": "NM1 2BC",
}


def begun(email="rosa@test.example") -> LeaderApplication:
    domain.begin(name="Rosa Field", email=email, now=NOW)
    return LeaderApplication.objects.get(email=email)


def token_of(email: Email) -> str:
    return email.text.split("/become-a-hub-leader/open/")[1].split("/")[0]


def criterion(number: int) -> LeaderCriterion:
    return LeaderCriterion.objects.get(number=number)


def ticks(*, all_but: int | None = None) -> dict[str, bool]:
    return {f"point_{point.pk}": point.number != all_but for point in CommitmentPoint.objects.all()}


def filled(**about) -> LeaderApplication:
    application = domain.save_about(begun(), {**ABOUT, **about}, now=NOW)
    for number in range(1, 6):
        words = {"text": f"How I meet number {number}."}
        domain.save_answer(application, criterion(number), words, now=NOW)
    domain.save_answer(application, criterion(6), ticks(all_but=5), now=NOW)
    return application


def sent() -> LeaderApplication:
    return domain.send(filled(), now=NOW)


def judge_all(application: LeaderApplication, by, judgement="met") -> None:
    for answer in application.answers.all():
        judging.judge(answer, judgement=judgement, note="Which year groups?", by=by, now=NOW)


def new_hub(name="Northmoor") -> Hub:
    return Hub(name=name, slug=name.lower(), place="Northmoor", postcode="NM1 2BC")


# The specification


def test_the_specification_is_the_seeds():
    criteria = list(LeaderCriterion.objects.all())
    assert [one.number for one in criteria] == [1, 2, 3, 4, 5, 6, 7]
    assert [one.number for one in criteria if one.teachers_only] == [7]
    assert [one.number for one in criteria if one.has_commitments] == [6]
    assert criteria[1].suggestions == "Signed letter from your headteacher"
    points = CommitmentPoint.objects.all()
    assert [point.is_recommended_only for point in points] == [False, False, False, False, True]


# The link


def test_s11_the_link_is_mailed_and_only_its_hash_is_kept():
    application = begun("Rosa@Test.example".lower())
    email = Email.objects.get()
    token = token_of(email)
    assert (email.to, email.secret, len(token)) == ("rosa@test.example", True, 32)
    assert application.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert domain.find(token, now=NOW + timedelta(days=14, seconds=-1)) == application
    assert domain.find(token, now=NOW + timedelta(days=14)) is None


def test_s10_a_known_and_an_unknown_address_get_no_different_answer():
    begun()
    assert domain.begin(name="Somebody", email="rosa@test.example", now=NOW) is None
    assert LeaderApplication.objects.count() == 1
    assert LeaderApplication.objects.get().name == "Rosa Field"
    assert Email.objects.count() == 2
    domain.send_link("nobody@test.example", now=NOW)
    assert Email.objects.count() == 2


def test_a_fresh_link_ends_the_old_one():
    begun()
    domain.send_link("ROSA@test.example ", now=NOW + timedelta(days=1))
    old, new = (token_of(email) for email in Email.objects.order_by("pk"))
    later = NOW + timedelta(days=2)
    assert (domain.find(old, now=later), domain.find(new, now=later) is not None) == (None, True)


def test_after_an_answer_somebody_can_apply_anew():
    first = begun()
    domain.withdraw(first, now=NOW)
    domain.begin(name="Rosa Field", email=first.email, now=NOW)
    assert sorted(LeaderApplication.objects.values_list("status", flat=True)) == ["draft", "withdrawn"]


# Writing


def test_number_seven_is_for_teachers():
    application = domain.save_about(begun(), ABOUT, now=NOW)
    assert [one.number for one in criteria_for(application)] == [1, 2, 3, 4, 5, 6]
    application = domain.save_about(application, {"is_teacher": True}, now=NOW)
    assert [one.number for one in criteria_for(application)] == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_missing_is_said_before_sending():
    application = begun()
    assert [gap.says for gap in missing(application)] == [
        "Enter your phone number",
        "Say whether you teach in a primary school now",
        "Enter your school or organisation",
        "Enter the town or area for the hub",
        "Enter the postcode for the hub",
        *(f"Write something, or add a file, at number {number}" for number in range(1, 6)),
        "Tick each of the commitments at number 6",
    ]
    with pytest.raises(Refused, match="Enter your phone number"):
        domain.send(application, now=NOW)
    application = filled(is_teacher=True)
    assert [gap.says for gap in missing(application)] == [
        "Enter the level and date of your school’s award at number 7"
    ]
    domain.save_answer(application, criterion(7), {"award_level": "Gold", "award_date": "June 2025"}, now=NOW)
    assert missing(application) == []


def test_every_commitment_but_the_recommended_one_is_needed():
    application = filled()
    assert missing(application) == []
    domain.save_answer(application, criterion(6), ticks(all_but=3), now=NOW)
    assert [gap.says for gap in missing(application)] == ["Tick each of the commitments at number 6"]


def test_two_tabs_show_both_texts_and_overwrite_nothing():
    application = begun()
    opened = mark_of(domain.said(None, []))
    domain.save_answer(application, criterion(1), {"text": "From one tab."}, now=NOW, seen=opened)
    with pytest.raises(OutOfDate) as newer:
        domain.save_answer(application, criterion(1), {"text": "From the other."}, now=NOW, seen=opened)
    assert newer.value.standing["text"] == "From one tab."
    assert ApplicationAnswer.objects.get().text == "From one tab."


def test_sent_is_read_only_and_hq_is_told():
    hq = make.hq()
    application = sent()
    assert (application.status, application.sent_at) == ("sent", NOW)
    with pytest.raises(Refused, match="is with us"):
        domain.save_answer(application, criterion(1), {"text": "More."}, now=NOW)
    with pytest.raises(Refused, match="is with us"):
        domain.save_about(application, {"phone": "1"}, now=NOW)
    told = Email.objects.get(template="hubs/mail/application_waiting")
    assert (told.recipient, told.subject) == (hq, "Rosa Field wants to become a hub leader")
    assert Email.objects.filter(template="hubs/mail/application_sent", to=application.email).count() == 1


# Files


def photo(name="letter.png") -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", (20, 20), "purple").save(drawn, "PNG")
    return SimpleUploadedFile(name, drawn.getvalue())


def test_files_are_added_once_removed_and_let_go():
    application = begun()
    file = domain.add_file(application, criterion(2), photo(), now=NOW)
    assert domain.add_file(application, criterion(2), photo(), now=NOW) == file
    assert file.file.owner == f"leader-application-{application.pk}"
    other = domain.add_file(application, criterion(3), photo(), now=NOW)
    domain.remove_file(file, now=NOW)
    assert StoredFile.objects.count() == 1
    domain.remove_file(other, now=NOW)
    assert (ApplicationFile.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_s18_a_zip_is_refused():
    packed = BytesIO()
    with ZipFile(packed, "w") as made:
        made.writestr("letter.txt", "Hello")
    upload = SimpleUploadedFile("letter.docx", packed.getvalue())
    with pytest.raises(BadFile, match="can't be used. Upload a photo"):
        domain.add_file(begun(), criterion(1), upload, now=NOW)
    assert StoredFile.objects.count() == 0


def test_a_film_is_refused(monkeypatch):
    film = StoredFile(name="film.mp4", kind="video")
    monkeypatch.setattr(domain, "store", lambda *args, **kwargs: film)
    with pytest.raises(BadFile, match="Choose a photo, PDF or Word document"):
        domain.add_file(begun(), criterion(1), ContentFile(b"x", name="film.mp4"), now=NOW)


def test_there_is_a_most_of_files(monkeypatch):
    monkeypatch.setattr(domain, "MOST_FILES", 1)
    application = begun()
    domain.add_file(application, criterion(1), photo(), now=NOW)
    with pytest.raises(BadFile, match="up to 1 files"):
        domain.add_file(application, criterion(1), photo("other.png"), now=NOW)


def test_s21_a_file_of_somebody_without_an_account_is_small(monkeypatch):
    monkeypatch.setattr(domain, "MOST_MEGABYTES", 0)
    with pytest.raises(BadFile, match=r"letter\.png is larger than 0 MB"):
        domain.add_file(begun(), criterion(1), photo(), now=NOW)


def test_hq_reads_a_file_once_it_is_sent():
    application = filled()
    file = domain.add_file(application, criterion(2), photo(), now=NOW).file
    admin, viewer, leader = make.hq(), make.hq(Role.HQ_VIEWER), make.hub_member(make.hub())
    assert not may_read(admin, file)
    domain.send(application, now=NOW)
    assert [may_read(person, file) for person in (admin, viewer, leader)] == [True, False, False]


# Judging


def test_hq_alone_judges_and_a_colleagues_judgement_is_shown():
    application, hq = sent(), make.hq()
    answer = application.answers.get(criterion__number=1)
    with pytest.raises(PermissionDenied):
        judging.judge(answer, judgement="met", note="", by=make.hub_member(make.hub()), now=NOW)
    opened = mark_of(judging.judged(answer))
    judging.judge(answer, judgement="met", note="", by=hq, now=NOW, seen=opened)
    with pytest.raises(OutOfDate):
        judging.judge(answer, judgement="not_met", note="", by=make.hq(), now=NOW, seen=opened)
    answer.refresh_from_db()
    assert (answer.judgement, answer.judged_by, answer.judged_at) == ("met", hq, NOW)
    history = HistoryEntry.objects.get(machine="leader_application", action="judge")
    assert (history.source, history.target, history.by) == ("number 1", "Met", hq)


def test_more_needed_says_what():
    answer = sent().answers.first()
    with pytest.raises(Refused, match="Write what is missing"):
        judging.judge(answer, judgement="more", note=" ", by=make.hq(), now=NOW)


def test_more_is_asked_answered_and_judged_anew():
    application, hq = sent(), make.hq()
    with pytest.raises(Refused, match="write what is missing"):
        judging.ask_for_more(application, by=hq, now=NOW)
    judge_all(application, hq)
    second = application.answers.get(criterion__number=2)
    judging.judge(second, judgement="more", note="Which year groups?", by=hq, now=NOW)
    application = judging.ask_for_more(application, words="And call us.", by=hq, now=NOW)
    mail = Email.objects.get(template="hubs/mail/application_more")
    assert "And call us.\n\n2. Which year groups?" in mail.text
    assert domain.find(token_of(mail), now=NOW) == application
    with pytest.raises(Refused, match="found it met"):
        domain.save_answer(application, criterion(1), {"text": "Other words."}, now=NOW)
    with pytest.raises(Refused, match="Answer what we asked for at number 2"):
        domain.send(application, now=NOW)
    domain.save_answer(application, criterion(2), {"text": "Years 2 and 5."}, now=NOW)
    application = domain.send(application, now=NOW + timedelta(days=1))
    second.refresh_from_db()
    assert (application.status, second.judgement, second.judgement_note) == (
        "sent",
        "",
        "Which year groups?",
    )


def test_what_hq_notes_for_itself_never_becomes_what_the_applicant_is_asked():
    application, hq = sent(), make.hq()
    first, third = (application.answers.get(criterion__number=number) for number in (1, 3))
    with pytest.raises(Refused, match="Choose a judgement"):
        judging.judge(first, judgement="", note="Ask the school first.", by=hq, now=NOW)
    judging.judge(third, judgement="not_met", note="Her head says otherwise.", by=hq, now=NOW)
    application = judging.ask_for_more(application, words="Call us.", by=hq, now=NOW)
    domain.save_answer(application, criterion(3), {"text": "Other words."}, now=NOW)
    notes = application.answers.filter(judgement="").values_list("judgement_note", flat=True)
    assert set(notes) == {""}
    kept = HistoryEntry.objects.get(machine="leader_application", action="judge", source="number 3")
    assert kept.reason == "Her head says otherwise."


# Deciding


def test_acceptance_opens_hub_and_invites():
    application, hq = sent(), make.hq()
    judge_all(application, hq)
    make.school(postcode="NM1 2BC", easting=450_000, northing=500_000)
    application = judging.accept(application, new_hub(), by=hq, now=NOW)
    hub = Hub.objects.get(name="Northmoor")
    assert (application.status, application.hub, application.decided_at) == ("accepted", hub, NOW)
    assert (hub.easting, hub.northing) == (450_000, 500_000)
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.scope) == (
        "rosa@test.example",
        "hub leader",
        f"hub:{hub.pk}",
    )
    assert Email.objects.filter(template="hubs/mail/application_accepted").count() == 1


def test_who_has_an_account_leads_at_once_and_the_former_leader_goes():
    application, hq = sent(), make.hq()
    known, hub = make.user(email="rosa@test.example"), make.hub()
    former = make.hub_member(hub)
    judge_all(application, hq)
    judging.accept(application, hub, by=hq, now=NOW)
    leaders = HubMembership.objects.filter(hub=hub, role="hub leader")
    assert [row.user for row in leaders.filter(ended_at=None)] == [known]
    assert leaders.get(user=former).ended_at == NOW


def test_not_everything_met_needs_a_reason():
    application, hq = sent(), make.hq()
    with pytest.raises(Refused, match="number 1, 2, 3, 4, 5, 6. Write why"):
        judging.accept(application, new_hub(), by=hq, now=NOW)
    assert not Hub.objects.exists()
    judging.accept(application, new_hub(), by=hq, now=NOW, reason="We know her well.")
    assert HistoryEntry.objects.get(action="accept", machine="leader_application").reason == (
        "We know her well."
    )


def test_a_hub_of_that_name_undoes_everything():
    application, hq = sent(), make.hq()
    judge_all(application, hq)
    make.hub(name="Northmoor")
    with pytest.raises(Refused, match="already. Choose another name"):
        judging.accept(application, new_hub(), by=hq, now=NOW)
    application.refresh_from_db()
    assert (application.status, Invitation.objects.count()) == ("sent", 0)


def test_declined_with_a_reason():
    application = sent()
    with pytest.raises(Refused, match="Write the reason"):
        judging.decline(application, by=make.hq(), now=NOW, reason=" ")
    judging.decline(application, by=make.hq(), now=NOW, reason="There are hubs enough.")
    mail = Email.objects.get(template="hubs/mail/application_declined")
    assert "There are hubs enough." in mail.text


@pytest.mark.parametrize("role", [Role.HQ_FINANCE, Role.HQ_VIEWER])
def test_others_of_hq_decide_nothing(role):
    application = sent()
    with pytest.raises(PermissionDenied):
        judging.accept(application, new_hub(), by=make.hq(role), now=NOW, reason="Yes.")
    with pytest.raises(PermissionDenied):
        judging.decline(application, by=make.hq(role), now=NOW, reason="No.")


def test_what_is_decided_stays():
    application = sent()
    application = judging.decline(application, by=make.hq(), now=NOW, reason="No.")
    with pytest.raises(Refused, match="it is declined"):
        domain.withdraw(application, now=NOW)
    with pytest.raises(Refused, match="it is declined"):
        judging.accept(application, new_hub(), by=make.hq(), now=NOW, reason="Yes.")

"""The school's year: audit, level, plan, talk, evidence, reflections, sign-off, submitting."""

import re
from pathlib import Path

from django.core.files.storage import default_storage

from messaging.models import Email
from psqm_portal.core.clock import now
from psqm_portal.core.models import StoredFile, Upload
from rounds.tasks import send_reminders
from submissions.domain.part_machine import part_machine
from submissions.domain.writing import save_text, text_mark
from submissions.models import Evidence, Part
from tests.browser import things
from tests.browser.cast import Cast
from tests.browser.joining import parts_of
from tests.browser.stage import worker_of
from tests.support.worker import Worker, wait_for

# Of pages that come thirteen times: as many are filled in by hand. All of them would be 80 pages more.
BY_HAND = 3
# What is said of all files at once.
ABOUT = "#about-files"
REFLECTION = "Pupils now plan their own enquiries; in May 24 of 30 could say why their test was fair."


def hub_leader_trains(cast: Cast) -> None:
    """Sets the first training day, and on the day records who came."""
    leader = cast.hub_leader
    leader.opens("/hubs/chilterns/autumn-2026/training/")
    leader.follows("Set a date: Training day 1")
    leader.presses("Save session")
    leader.reads("There is a problem")
    leader.fills({"Date": "2026-09-22", "Starts at": "9.30am", "Place": "Ashbrook Village Hall"})
    leader.presses("Save session")
    leader.reads("Training day 1 is saved", "Ashbrook Village Hall")
    cast.stage.is_day("2026-09-22")
    leader.opens("/hubs/chilterns/autumn-2026/sessions/training_1/register/")
    leader.fills({cast.subject_leader.name: True, cast.headteacher.name: True})
    leader.presses("Save register")
    leader.reads("The register is saved")


def a_worker_reminds_who_owes_the_audit(cast: Cast) -> None:
    """What beat asks for every hour: one mail to the subject leader, and asking again sends none."""
    reminders = Email.objects.filter(to=cast.subject_leader.email, template__endswith="/reminders")
    with worker_of(cast.stage) as worker:
        send_reminders.delay()
        wait_for(lambda: reminders.filter(state="sent").exists(), seconds=60, log=worker.log)
        send_reminders.delay()
        ran = re.compile(r"send_reminders\[.*succeeded")
        wait_for(lambda: len(ran.findall(worker.log())) == 2, seconds=60, log=worker.log)
    assert reminders.count() == 1
    assert "finish your audit and propose a level" in reminders.get().text


def subject_leader_rates_the_audit(cast: Cast) -> None:
    """First a part of it, then all; the page says what is missing."""
    leader = cast.subject_leader
    leader.opens(cast.page())
    leader.follows("Audit against the criteria")
    codes = [part.criterion.code for part in parts_of(cast, "reflection") if part.criterion]
    assert len(codes) == 13
    for code in codes[:2]:
        leader.chooses("Developing", within=f"#{code.lower()}")
    leader.presses("Save the audit")
    leader.reads("Saved. Not rated yet:")
    for code in codes:
        leader.chooses("Established", within=f"#{code.lower()}")
    leader.chooses("B1 is a priority")
    leader.presses("Save the audit")
    leader.reads("Every criterion is rated")


def subject_leader_proposes_a_level(cast: Cast, level: str) -> None:
    leader = cast.subject_leader
    leader.opens(cast.page("level/"))
    leader.chooses(level)
    leader.presses("Propose this level")
    leader.reads(f"You proposed {level}")


def hub_leader_confirms_the_level(cast: Cast, level: str) -> None:
    leader = cast.hub_leader
    leader.opens(cast.stage.link_in(cast.stage.mail_to(leader.email, "level_proposed")))
    leader.presses(f"Confirm {level}")
    leader.reads(f"You confirmed {level}")


def subject_leader_writes_the_plan(cast: Cast) -> None:
    leader = cast.subject_leader
    leader.opens(cast.page("action-plan/"))
    leader.reads("No rows yet")
    leader.follows("Add a row")
    leader.presses("Save this row")
    leader.reads("There is a problem", "Write the objective", "Say who does it")
    leader.fills(Criterion=_option(cast, "A1"), Objective="Every class asks questions")
    leader.fills(Actions="A question wall in each classroom", Who="Sam", Cost="120.50")
    leader.fills({"By when": "2027-03-27", "How you will know it worked": "Books show it"})
    leader.presses("Save this row")
    leader.reads("Row added", "£120.50", "Saturday 27 March 2027")
    leader.follows("Add a row")
    leader.fills(Criterion=_option(cast, "C1"), Objective="Fair tests", Actions="Staff meeting", Who="Hana")
    leader.fills({"By when": "2027-05-31", "How you will know it worked": "Pupils can explain one"})
    leader.presses("Save this row")


def _option(cast: Cast, code: str) -> str:
    part = next(part for part in parts_of(cast, "reflection") if part.code == code.lower())
    return str(part.criterion)


def subject_leader_sends_the_plan(cast: Cast) -> None:
    leader = cast.subject_leader
    leader.opens(cast.page("action-plan/"))
    leader.follows("Send to your hub leader")
    leader.reads(cast.hub_leader.name)
    leader.presses("Send to your hub leader", within="main")
    leader.reads("You sent Action plan")


def hub_leader_returns_the_plan(cast: Cast) -> None:
    """With feedback, without which it can't be returned."""
    leader = cast.hub_leader
    leader.opens(cast.stage.link_in(cast.stage.mail_to(leader.email, "part_sent")))
    leader.follows("Return with feedback")
    leader.presses("Return with feedback", within="main")
    leader.reads("There is a problem")
    leader.fills({"Your feedback": "Say in row 1 what the question wall costs each class."})
    leader.presses("Return with feedback", within="main")
    leader.reads("You returned Action plan")
    leader.fills({"Your feedback": "A good start."})
    leader.presses("Add feedback")


def subject_leader_changes_the_plan(cast: Cast) -> None:
    leader = cast.subject_leader
    leader.opens(cast.stage.link_in(cast.stage.mail_to(leader.email, "part_returned")))
    leader.reads("Say in row 1 what the question wall costs each class.")
    leader.follows("Change row 1")
    leader.fills(Resources="£20 for each class")
    leader.presses("Save this row")
    leader.unfolds("Answer")
    leader.fills({"Your answer": "Done: see row 1."})
    leader.presses("Send answer")
    leader.reads("Done: see row 1.")


def hub_leader_approves_the_plan(cast: Cast) -> None:
    leader = cast.hub_leader
    leader.opens(cast.page("action-plan/"))
    leader.reads("£20 for each class", "Done: see row 1.")
    leader.follows("Approve the action plan")
    leader.presses("Approve the action plan")
    leader.reads("Approved")


def they_write_to_each_other(cast: Cast) -> None:
    school, hub = cast.subject_leader, cast.hub_leader
    school.opens(cast.page("messages/"))
    school.reads("Read by", hub.name)
    school.presses("Send message")
    school.reads("There is a problem")
    school.fills(Message="Can our plan have three rows?\nOr four?")
    school.presses("Send message")
    school.reads("Your message is sent")
    hub.opens(cast.stage.link_in(cast.stage.mail_to(hub.email, "new_message")))
    hub.reads("Can our plan have three rows?", school.name)
    hub.fills(Message="Three is plenty.")
    hub.presses("Send message")
    school.opens("/messages/")
    school.follows(cast.school_name)
    school.reads("Three is plenty.")


def subject_leader_adds_a_photo(cast: Cast, folder: Path) -> None:
    """For two criteria at once; a file that can't be used is refused with what can."""
    leader = cast.subject_leader
    leader.opens(cast.page("evidence/"))
    leader.follows("Add evidence")
    with worker_of(cast.stage) as worker:
        leader.attaches("Choose files", things.program(folder))
        if cast.stage.javascript:
            wait_for(lambda: Upload.objects.filter(status="refused").exists(), seconds=60, log=worker.log)
        else:
            leader.presses("Add to your evidence")
            leader.reads("There is a problem", "volcano.exe")
            wait_for(lambda: Upload.objects.filter(status="refused").exists(), seconds=60, log=worker.log)
            leader.opens(cast.page("evidence/new/"))
        leader.reads("The file volcano.exe can't be used")
        _add_file(cast, things.photo(folder), worker)
        leader.fills(Name="Volcano enquiry")
        leader.fills(Caption="Year 4 chose what to change and what to keep the same.", within=ABOUT)
        leader.chooses("A1", "A2", "No", within=ABOUT)
        leader.presses("Add 1 file to your evidence")
        wait_for(
            lambda: Evidence.objects.filter(title="Volcano enquiry").exists(), seconds=60, log=worker.log
        )
        wait_for(lambda: StoredFile.objects.filter(preview="made").exists(), seconds=60, log=worker.log)
    leader.opens(cast.page("evidence/"))
    leader.reads("Volcano enquiry", "The file volcano.exe can't be used")
    leader.presses("Dismiss")
    leader.does_not_read("volcano.exe")


def _add_file(cast: Cast, path: Path, worker: Worker) -> None:
    """As far as its row with a name: with scripts it comes at once, without with the form's first sending."""
    leader = cast.subject_leader
    leader.attaches("Choose files", path)
    if not cast.stage.javascript:
        leader.presses("Add to your evidence")
        leader.reads("There is a problem", "Say whether children can be recognised")
        return
    wait_for(lambda: Upload.objects.filter(status="checked").exists(), seconds=60, log=worker.log)
    leader.reads("Add 1 file to your evidence", "Ready")


def the_photo_tells_no_place(cast: Cast) -> None:
    """S19, on the way: what is stored carries neither place nor phone."""
    piece = Evidence.objects.select_related("file").get(title="Volcano enquiry")
    assert piece.file is not None
    assert things.place_in(Path(default_storage.path(piece.file.key))) == {}


def subject_leader_adds_a_document(cast: Cast, folder: Path) -> None:
    """For all other criteria and core documents, and a note and a link beside it."""
    leader = cast.subject_leader
    others = [
        part for part in cast.submission.parts.exclude(kind="action_plan") if part.code not in {"a1", "a2"}
    ]
    leader.opens(cast.page("evidence/new/"))
    with worker_of(cast.stage) as worker:
        _add_file(cast, things.document(folder), worker)
        leader.fills(Name="Science policy")
        leader.fills(Caption="Page 3 says how.", within=ABOUT)
        leader.chooses(*(part.title for part in others), "No", within=ABOUT)
        leader.presses("Add 1 file to your evidence")
        wait_for(lambda: Evidence.objects.filter(title="Science policy").exists(), seconds=60, log=worker.log)
    leader.opens(cast.page("evidence/new/?kind=note"))
    leader.fills(Note="Pupils told parents about it.", Name="Open evening", Caption="They explained it.")
    leader.chooses("A3")
    leader.presses("Add this evidence")
    leader.opens(cast.page("evidence/new/?kind=link"))
    leader.fills({"Web address": "https://school.example/science", "Name": "Our science page"})
    leader.presses("Add this evidence")


def the_piece_opens(cast: Cast) -> None:
    """On its own page, and the file itself from the files' own origin (S16)."""
    leader = cast.subject_leader
    leader.opens(cast.page("evidence/"))
    leader.follows("Volcano enquiry")
    leader.reads("A1", "A2")
    picture = leader.page.locator("main img").first
    width = picture.evaluate("image => image.naturalWidth") if cast.stage.javascript else 1
    assert width > 0


def subject_leader_writes_reflections(cast: Cast) -> None:
    """Three on their pages; the other ten are the same page again, and go by the verbs behind it."""
    parts = parts_of(cast, "reflection")
    for part in parts[:BY_HAND]:
        subject_leader_writes(cast, part, "Your reflection", f"{REFLECTION} ({part.code})")
    for part in parts[BY_HAND:]:
        _writes_and_sends(cast, part, f"{REFLECTION} ({part.code})")


def subject_leader_writes_core_documents(cast: Cast) -> None:
    parts = parts_of(cast, "core_document")
    subject_leader_writes(cast, parts[0], "What you want to say about it", f"About {parts[0].title}.")
    for part in parts[1:]:
        _writes_and_sends(cast, part, f"About {part.title}.")


def _writes_and_sends(cast: Cast, part: Part, text: str) -> None:
    by = cast.subject_leader.user
    save_text(part, text, seen=text_mark(part.text), by=by, now=now())
    part_machine.perform(part, "send", by=by, now=now())


def subject_leader_writes(cast: Cast, part: Part, label: str, text: str) -> None:
    leader = cast.subject_leader
    leader.opens(part.get_absolute_url())
    leader.fills({label: text})
    leader.presses("Save and send to your hub leader")
    leader.presses("Send to your hub leader", within="main")
    leader.reads(f"You sent {part.title}")


def text_is_saved_while_typing(cast: Cast) -> None:
    """Habit 8, with JavaScript: no button pressed, nothing lost."""
    leader = cast.subject_leader
    part = parts_of(cast, "reflection")[0]
    leader.opens(part.get_absolute_url())
    leader.page.get_by_label("Your reflection").press_sequentially("Half a thought")
    leader.reads("Saved at")
    part.refresh_from_db()
    assert part.text == "Half a thought"


def hub_leader_reads_and_answers(cast: Cast) -> None:
    """One reflection goes back once; everything else is signed off part by part on one page."""
    leader, school = cast.hub_leader, cast.subject_leader
    first = parts_of(cast, "reflection")[0]
    leader.opens(cast.page("sign-off/"))
    leader.unfolds(f"Return with feedback, or comment: {first.title}")
    leader.fills({"Your feedback": "Name the year group."}, within=f"#part-{first.pk}")
    leader.presses("Return with feedback", within=f"#part-{first.pk}")
    school.opens(first.get_absolute_url())
    school.reads("Name the year group.")
    school.fills({"Your reflection": f"{REFLECTION} Year 4."})
    school.presses("Save and send to your hub leader")
    school.presses("Send to your hub leader", within="main")


def hub_leader_signs_every_part(cast: Cast) -> None:
    """The first three by their buttons, as above."""
    leader = cast.hub_leader
    leader.opens(cast.page("sign-off/"))
    parts = list(cast.submission.parts.exclude(status="signed_off"))
    for part in parts[:BY_HAND]:
        leader.presses(f"Sign off {part.title}")
        leader.reads(f"You signed off {part.title}")
    for part in parts[BY_HAND:]:
        part_machine.perform(part, "sign_off", by=leader.user, now=now())


def subject_leader_sends_for_sign_off(cast: Cast) -> None:
    leader = cast.subject_leader
    leader.opens(cast.page())
    leader.follows("Send for sign-off")
    leader.reads("Everything is ready")
    leader.presses("Send for sign-off")
    leader.reads("You sent everything for sign-off")


def hub_leader_signs_off(cast: Cast) -> None:
    leader = cast.hub_leader
    leader.opens(cast.stage.link_in(cast.stage.mail_to(leader.email, "sent_for_sign_off")))
    leader.opens(cast.page("sign-off/"))
    leader.presses("Sign off the submission")
    leader.reads(f"You signed off {cast.school_name}")


def subject_leader_submits(cast: Cast) -> None:
    """By the page that shows everything once more; afterwards nothing can be changed."""
    leader = cast.subject_leader
    leader.opens(cast.page("submit/"))
    leader.reads("Check your work before you submit it", "Silver")
    leader.presses("Submit to PSQM")
    leader.reads("Submitted to PSQM")
    leader.opens(parts_of(cast, "reflection")[0].get_absolute_url())
    assert leader.page.get_by_label("Your reflection").count() == 0
    leader.opens(cast.page("history/"))
    cast.headteacher.opens(cast.stage.link_in(cast.stage.mail_to(cast.headteacher.email, "submitted")))

"""The first months: HQ makes the round and the hubs, a school registers and gets its place."""

from io import StringIO
from urllib.parse import urlsplit

from django.core.management import call_command

from submissions.models import Part
from tests.browser.cast import Cast
from tests.browser.person import Person

ROUND = "/rounds/autumn-2026/"


def hq_comes_in(cast: Cast) -> None:
    """The first HQ admin by the installer's command, with a second factor before any page."""
    printed = StringIO()
    call_command("invite_hq", cast.hq.email, name=cast.hq.name, stdout=printed)
    cast.hq.joins_by(urlsplit(printed.getvalue().strip()).path)
    sets_up_second_factor(cast.hq)


def sets_up_second_factor(person: Person) -> None:
    person.reads("Set up an app on your phone")
    person.unfolds("I can't scan it")
    person.secret = person.page.locator(".app-code").inner_text()
    person.fills({"Code": person.code()})
    person.presses("Turn on the second step")
    person.opens("/")


def hq_invites_finance(cast: Cast) -> None:
    cast.hq.follows("People", within="nav[aria-label=Menu]")
    cast.hq.follows("Invite somebody")
    cast.hq.fills({"Full name": cast.finance.name, "Email address": cast.finance.email})
    cast.hq.chooses("HQ finance")
    cast.hq.presses("Send the invitation")
    cast.finance.joins_by(cast.stage.link_in(cast.stage.mail_to(cast.finance.email, "invitation")))
    sets_up_second_factor(cast.finance)


def hq_makes_the_round(cast: Cast) -> None:
    """From the season's template, which the data migrations bring."""
    cast.hq.opens("/rounds/")
    cast.hq.follows("Make a round")
    cast.hq.presses("Make this round")
    cast.hq.reads("There is a problem")
    cast.hq.chooses("Autumn")
    cast.hq.fills(Year="2026")
    cast.hq.presses("Make this round")
    cast.hq.reads("Autumn 2026 is made")
    cast.hq.reads("Submit reflections with evidence", "30 Jun 2027")


def hq_changes_a_date(cast: Cast) -> None:
    cast.hq.follows("Change the dates of Training day 1 / session 1, schools")
    cast.hq.fills({"Due on": "2026-09-25"})
    cast.hq.presses("See what this changes")
    cast.hq.presses("Save these dates")
    cast.hq.reads("25 Sep 2026")


def finance_sets_the_fees(cast: Cast) -> None:
    cast.finance.opens(f"{ROUND}fees/")
    cast.finance.fills(
        {"A school is very small up to": "0", "How to pay": "By bank transfer, with the invoice's number."}
    )
    cast.finance.presses("Save the fees")
    cast.finance.reads("are saved")


def hq_opens_the_round(cast: Cast) -> None:
    cast.hq.opens(ROUND)
    cast.hq.follows("Open")
    cast.hq.presses("Open", within="main")
    cast.hq.reads("Autumn 2026 is open")


def hq_makes_a_hub(cast: Cast, name: str, leader: Person) -> None:
    """A hub in the round, and its leader's invitation."""
    cast.hq.opens("/hubs/")
    cast.hq.follows("Make a hub")
    cast.hq.fills({"Name": name, "Town or area": f"The {name}"})
    cast.hq.presses("Make this hub")
    cast.hq.follows("Name a hub leader")
    cast.hq.fills({"Full name": leader.name, "Email address": leader.email})
    cast.hq.presses("Continue")
    cast.hq.reads(f"We have sent {leader.name} an invitation.")
    cast.hq.follows(f"Back to {name}")
    cast.hq.follows("Take part in a round")
    cast.hq.fills(Round=cast.round_name)
    cast.hq.chooses("Two training days")
    cast.hq.presses("Take part")
    cast.hq.reads("10 of 10")


def hub_leader_comes_in(cast: Cast, leader: Person) -> None:
    leader.joins_by(cast.stage.link_in(cast.stage.mail_to(leader.email, "invitation")))
    leader.reads("You’re in")


def a_school_registers(cast: Cast) -> None:
    """On the public pages, with a mistake on the way."""
    somebody = cast.visitor
    somebody.opens("/")
    somebody.opens("/register/")
    somebody.chooses(cast.round_name)
    somebody.presses("Continue")
    somebody.fills({"Name, town, postcode or URN": "Ashbrook"})
    somebody.presses("Find")
    somebody.follows("My school isn’t in the list")
    somebody.presses("Continue")
    somebody.reads("There is a problem", "Enter street")
    somebody.fills({"School name": cast.school_name, "Street": "1 Mill Lane", "Town": "Ashbrook"})
    somebody.fills({"Postcode": "as1 2bc", "Pupils on roll": "210"})
    somebody.chooses("Primary")
    somebody.presses("Continue")
    _says_who(cast)
    somebody.chooses("The school")
    somebody.fills({"Order number": "PO-77"})
    somebody.presses("Continue")
    somebody.reads(cast.school_name, "AS1 2BC", "£750.00", "PO-77")
    somebody.presses("Register this school")
    somebody.reads("We have your registration")


def _says_who(cast: Cast) -> None:
    somebody = cast.visitor
    somebody.chooses("The science subject leader")
    for label, person in (("Science subject leader", cast.subject_leader), ("Headteacher", cast.headteacher)):
        somebody.fills({f"{label}’s name": person.name, f"{label}’s email address": person.email})
    somebody.presses("Continue")


def headteacher_agrees(cast: Cast) -> None:
    """By the mailed link, still without an account."""
    head = cast.headteacher
    head.opens(cast.stage.link_in(cast.stage.mail_to(head.email, "agreement")))
    head.presses("Agree and send")
    head.reads("There is a problem")
    head.fills({"Your full name": head.name})
    head.chooses("I’m the headteacher")
    head.presses("Agree and send")
    head.reads("The agreement is given")


def hq_passes_the_registration(cast: Cast) -> None:
    cast.hq.follows("Registrations", within="nav[aria-label=Menu]")
    cast.hq.follows(cast.school_name)
    cast.hq.follows("Pass to a hub")
    cast.hq.chooses(cast.hub_name)
    cast.hq.presses("Pass to this hub")
    cast.hq.reads(f"is passed to {cast.hub_name}")


def hub_leader_accepts(cast: Cast) -> None:
    """By the link in the mail: this is the enrolment."""
    leader = cast.hub_leader
    leader.opens(cast.stage.link_in(cast.stage.mail_to(leader.email, "registration_passed")))
    leader.follows("Accept")
    leader.reads(cast.subject_leader.email, cast.headteacher.email)
    leader.presses("Accept and enrol the school")
    leader.reads(cast.school_name, "is enrolled")


def school_people_come_in(cast: Cast) -> None:
    for person in (cast.subject_leader, cast.headteacher):
        person.joins_by(cast.stage.link_in(cast.stage.mail_to(person.email, "invitation")))
        person.reads("You’re in", cast.school_name)


def headteacher_sees_the_invoice(cast: Cast) -> None:
    cast.headteacher.follows("Invoices", within="nav[aria-label=Menu]")
    cast.headteacher.follows("PSQM-")
    cast.headteacher.reads("£750.00", "PO-77")


def parts_of(cast: Cast, kind: str) -> list[Part]:
    return list(cast.submission.parts.filter(kind=kind).select_related("criterion"))

"""Who may what, route by route, written from the product's table: the oracle of S01."""

from collections.abc import Callable
from typing import Any, NamedTuple

from awards.domain.badges import LIST_SIZE, public_keys
from hubs.models import LetterParagraph
from rounds.models import RoundTemplate, TemplateMilestone
from tests.support.world import World

SL, HT, FC, ME, HL, RV = (
    "subject leader",
    "headteacher",
    "finance contact",
    "mentor",
    "hub leader",
    "reviewer",
)
AD, FI, VI = "HQ admin", "HQ finance", "HQ viewer"
NOBODY, ANONYMOUS = "nobody", "anonymous"
HQ = {AD, FI, VI}
SCHOOL = {SL, HT}
HUB = {ME, HL}
LEADERS = {HL, RV}  # the reviewer leads a hub of their own
SEES_WORK = SCHOOL | HUB | {AD}
SIGNED_IN = {SL, HT, FC, ME, HL, RV, AD, FI, VI, NOBODY}
EVERYBODY = SIGNED_IN | {ANONYMOUS}


class Route(NamedTuple):
    """``args`` None: the route names no object. ``get``/``post`` None: that method isn't served."""

    args: Callable[[World], list[Any]] | None
    get: set[str] | None
    post: set[str] | None = None


def _sub(w: World) -> list[Any]:
    return [w.working.pk]


def _part(w: World) -> list[Any]:
    return [w.working.pk, w.part.pk]


def _row(w: World) -> list[Any]:
    return [w.working.pk, w.row.pk]


def _piece(w: World) -> list[Any]:
    return [w.working.pk, w.piece.pk]


def _incoming(w: World) -> list[Any]:
    return [w.working.pk, w.extra["incoming"].pk]


def _part_piece(w: World) -> list[Any]:
    return [w.working.pk, w.part.pk, w.piece.pk]


def _round(w: World) -> list[Any]:
    return [w.round.slug]


def _hub(w: World) -> list[Any]:
    return [w.hub.slug]


def _hub_round(w: World) -> list[Any]:
    return [w.hub.slug, w.round.slug]


def _substitution(w: World) -> list[Any]:
    return [w.hub.slug, w.extra["substitution"].pk]


def _session(w: World) -> list[Any]:
    return [w.session.pk]


def _meeting(w: World) -> list[Any]:
    return [w.extra["meeting"].pk]


def _posting(w: World) -> list[Any]:
    return [*_hub_round(w), w.extra["mail_out"].pk]


def _registration(w: World) -> list[Any]:
    return [w.registration.pk]


def _application(w: World) -> list[Any]:
    return [w.extra["application"].pk]


def _school(w: World) -> list[Any]:
    return [w.school.pk]


def _past(w: World) -> list[Any]:
    return [w.extra["past_import"].pk]


def _register(w: World) -> list[Any]:
    return [w.extra["register_import"].pk]


def _told(w: World) -> list[Any]:
    return [w.round.slug, w.told.pk]


def _appeal(w: World) -> list[Any]:
    return [w.round.slug, w.extra["appeal"].pk]


def _release(w: World) -> list[Any]:
    return [w.round.slug, w.extra["release"].pk]


def _in_review(w: World) -> list[Any]:
    return [w.round.slug, w.in_review.pk]


def _review(w: World) -> list[Any]:
    return [w.review.pk]


def _invoice(w: World) -> list[Any]:
    return [w.invoice.pk]


def _template(_: World) -> list[Any]:
    return [RoundTemplate.objects.get(season="autumn", kind="standard").pk]


def _template_step(w: World) -> list[Any]:
    audit = TemplateMilestone.objects.get(template=_template(w)[0], step="audit")
    return [*_template(w), audit.pk]


def _framework(w: World) -> list[Any]:
    return [w.round.framework_id]


def _person(w: World, role: str) -> int:
    person = w.people[role]
    assert person is not None
    return person.pk


ROUTES: dict[str, Route] = {
    # Everybody
    "home": Route(None, EVERYBODY),
    "healthz": Route(None, EVERYBODY),
    # A person's own unsent words and nobody else's; the page is there only while there are some
    "typed": Route(None, SIGNED_IN),
    "kept_words": Route(None, set()),
    "register": Route(None, EVERYBODY, EVERYBODY),
    "register_school": Route(None, EVERYBODY, EVERYBODY),
    "register_new_school": Route(None, EVERYBODY, EVERYBODY),
    "register_same_school": Route(None, EVERYBODY, EVERYBODY),
    "register_people": Route(None, EVERYBODY, EVERYBODY),
    "register_payment": Route(None, EVERYBODY, EVERYBODY),
    "register_check": Route(None, EVERYBODY, EVERYBODY),
    "register_done": Route(None, EVERYBODY),
    "certificate_check": Route(None, EVERYBODY),
    "certificate": Route(lambda w: [w.award.number], EVERYBODY),
    "award_renew": Route(lambda w: [w.award.number], EVERYBODY, EVERYBODY),
    "ending_awards": Route(None, {AD, VI}),
    "ending_awards_csv": Route(None, {AD, VI}),
    "directory": Route(None, EVERYBODY),
    "directory_csv": Route(None, EVERYBODY),
    "badge": Route(lambda w: [w.award.number, "jwt"], EVERYBODY),
    "badge_issuer": Route(None, EVERYBODY),
    "badge_keys": Route(None, EVERYBODY),
    "badge_key": Route(lambda _: [next(iter(public_keys()))], EVERYBODY),
    "badge_status": Route(lambda w: [w.award.pk // LIST_SIZE], EVERYBODY),
    "badge_level": Route(lambda w: [w.award.level_id], EVERYBODY),
    "badge_level_file": Route(lambda w: [w.award.level_id, "json"], EVERYBODY),
    # A link that is its own right; one that nobody was given opens nothing
    "invitation": Route(lambda _: ["unknown"], set(), set()),
    "agreement": Route(lambda _: ["unknown"], set(), set()),
    "agreement_sent": Route(None, EVERYBODY),
    "invited": Route(lambda _: ["unknown"], set(), set()),
    "invited_enclosure": Route(lambda _: ["unknown"], set()),
    "invited_decline": Route(lambda _: ["unknown"], set(), set()),
    "invited_opt_out": Route(lambda _: ["unknown"], set(), set()),
    # Whom a hub asks: its people and HQ see it, the leader and HQ admin do it; the letter's words are HQ's
    "prospects": Route(_hub_round, HUB | {AD, VI}, {HL, AD}),
    "prospect_list": Route(_hub_round, HUB | {AD, VI}, {HL, AD}),
    "prospect_csv": Route(_hub_round, HUB | {AD, VI}),
    "invite": Route(_hub_round, {HL, AD}, {HL, AD}),
    "mail_out": Route(_posting, {HL, AD}, {HL, AD}),
    "mail_out_preview": Route(_posting, {HL, AD}),
    "letter": Route(None, {AD}, {AD}),
    "letter_paragraph_new": Route(None, {AD}, {AD}),
    "letter_paragraph": Route(lambda _: [LetterParagraph.objects.earliest("pk").pk], {AD}, {AD}),
    "opt_outs": Route(None, {AD}, {AD}),
    "opt_out_lift": Route(lambda w: [w.extra["opt_out"].pk], {AD}, {AD}),
    "become_hub_leader": Route(None, EVERYBODY, EVERYBODY),
    "application_link_again": Route(None, EVERYBODY, EVERYBODY),
    "application_link_sent": Route(None, EVERYBODY),
    "application_open": Route(lambda _: ["unknown"], set()),
    # Without a session that a link opened they all lead to the page that sends a link
    "my_application": Route(None, EVERYBODY),
    "application_about": Route(None, EVERYBODY, EVERYBODY),
    "application_school": Route(None, EVERYBODY, EVERYBODY),
    "application_criterion": Route(lambda _: [1], EVERYBODY, EVERYBODY),
    "application_file_remove": Route(lambda _: [1], None, EVERYBODY),
    "application_check": Route(None, EVERYBODY, EVERYBODY),
    "application_later": Route(None, None, EVERYBODY),
    "application_withdraw": Route(None, EVERYBODY, EVERYBODY),
    "signed_file": Route(lambda _: ["unknown", "a.jpg"], set()),
    "open_file": Route(lambda w: [w.file.pk, w.file.name], SEES_WORK),
    # People, mail, messages
    "messages": Route(None, SIGNED_IN),
    "message_notices": Route(None, SIGNED_IN, SIGNED_IN),
    "conversation_new": Route(lambda w: [w.working.conversation_id], SEES_WORK),
    # The subject leader's own message; everybody else who reads it may not touch it
    "message_change": Route(lambda w: [w.extra["message"].pk], {SL}, {SL}),
    "message_delete": Route(lambda w: [w.extra["message"].pk], {SL}, {SL}),
    "talk_with_hq": Route(None, {HL, RV}),
    "leader_talk": Route(lambda w: [_person(w, HL)], {HL, AD}, {HL, AD}),
    # One's own, and where one's hub or HQ sent some; this one went to the hub's schools
    "announcements": Route(None, SIGNED_IN),
    "announcement_new": Route(None, HUB | {AD}, HUB | {AD}),
    "announcement": Route(lambda w: [w.extra["announcement"].pk], SCHOOL | HUB | {AD}),
    "people": Route(None, {AD}),
    "people_invite": Route(None, {AD}, {AD}),
    "hq_membership_end": Route(lambda w: [w.extra["hq_membership"].pk], {AD}, {AD}),
    "invitation_withdraw": Route(lambda w: [w.extra["hq_invitation"].pk], None, {AD}),
    "invitation_again": Route(lambda w: [w.extra["hq_invitation"].pk], None, {AD}),
    "mail": Route(None, {AD}),
    "mail_one": Route(lambda w: [w.mail.pk], {AD}),
    "mail_resend": Route(lambda w: [w.mail.pk], None, {AD}),
    "mail_resend_several": Route(None, {AD}, {AD}),
    "mail_suppressed": Route(None, {AD}),
    "mail_suppressed_lift": Route(lambda w: [w.extra["suppression"].pk], {AD}, {AD}),
    # One's own address and nobody else's: it is taken from the account
    "own_address_again": Route(None, None, SIGNED_IN),
    "mail_texts": Route(None, {AD}),
    "mail_text": Route(lambda _: ["messaging-new-message"], {AD}, {AD}),
    "mail_text_earlier": Route(lambda _: ["messaging-new-message"], {AD}),
    "mail_text_shipped": Route(lambda _: ["messaging-new-message"], {AD}, {AD}),
    # Schools
    "schools": Route(None, HQ),
    "school_new": Route(None, {AD}, {AD}),
    "school_search": Route(None, EVERYBODY),
    "school_merge": Route(_school, {AD}, {AD}),
    "past_awards": Route(None, {AD}, {AD}),
    "past_import": Route(_past, {AD}),
    "past_columns": Route(_past, {AD}, {AD}),
    "past_words": Route(_past, {AD}, {AD}),
    "past_rows": Route(lambda w: [*_past(w), "missing"], {AD}),
    "past_rows_csv": Route(lambda w: [*_past(w), "open"], {AD}),
    "past_row": Route(lambda w: [*_past(w), 2], {AD}, {AD}),
    "past_write": Route(_past, {AD}, {AD}),
    "past_undo": Route(_past, {AD}, {AD}),
    "past_drop": Route(_past, {AD}, {AD}),
    "register_imports": Route(None, {AD}, {AD}),
    "register_filters": Route(None, {AD}),
    "register_filter_new": Route(None, {AD}, {AD}),
    "register_filter": Route(lambda w: [w.extra["register_filter"].pk], {AD}, {AD}),
    "register_import": Route(_register, {AD}),
    "register_write": Route(_register, {AD}, {AD}),
    "register_go_on": Route(_register, None, {AD}),
    "register_drop": Route(_register, {AD}, {AD}),
    "register_rows": Route(lambda w: [*_register(w), "changed"], {AD}),
    "register_rows_csv": Route(lambda w: [*_register(w), "changed"], {AD}),
    "school": Route(_school, SCHOOL | {FC, AD, FI}),
    "school_edit": Route(_school, {HT, AD}, {HT, AD}),
    "school_people": Route(_school, SCHOOL | {AD}, {HT, AD}),
    "school_membership_end": Route(
        lambda w: [w.school.pk, w.extra["school_membership"].pk], {HT, AD}, {HT, AD}
    ),
    "school_invitation_again": Route(lambda w: [w.school.pk, w.invitation.pk], None, {HT, AD}),
    "school_invitation_withdraw": Route(lambda w: [w.school.pk, w.invitation.pk], None, {HT, AD}),
    # Rounds and frameworks
    "rounds": Route(None, HQ),
    "round_new": Route(None, {AD}, {AD}),
    "round_copy": Route(_round, {AD}, {AD}),
    "round_dates": Route(lambda w: [w.round.slug, "schools"], {AD}, {AD}),
    "round_templates": Route(None, HQ),
    "round_template": Route(_template, HQ),
    "template_framework": Route(_template, {AD}, {AD}),
    "template_step_new": Route(_template, {AD}, {AD}),
    "template_step": Route(_template_step, {AD}, {AD}),
    "template_step_remove": Route(_template_step, {AD}, {AD}),
    "round": Route(_round, HQ),
    # Everybody's own dates; the address is its own right, and one that nobody was given opens nothing
    "calendar": Route(None, SIGNED_IN),
    "calendar_address": Route(None, SIGNED_IN, SIGNED_IN),
    "calendar_address_renew": Route(None, SIGNED_IN, SIGNED_IN),
    "calendar_address_stop": Route(None, SIGNED_IN, SIGNED_IN),
    "calendar_feed": Route(lambda _: ["unknown"], set()),
    "round_settings": Route(_round, {AD}, {AD}),
    "round_late": Route(_round, {AD, VI}),
    # HQ's list, and a hub leader's or mentor's of their own hubs
    "late": Route(None, {AD, VI} | HUB | {RV}),
    "late_csv": Route(None, {AD, VI} | HUB | {RV}),
    "reminders": Route(None, {AD}),
    "reminders_sent": Route(None, {AD}),
    "reminder_days": Route(None, {AD}, {AD}),
    "reminder_day_back": Route(lambda w: [w.extra["free_day"].pk], {AD}, {AD}),
    "reminders_pause": Route(None, {AD}, {AD}),
    "reminders_resume": Route(None, {AD}, {AD}),
    "reminder_rules": Route(None, {AD}),
    "reminder_own_new": Route(None, {AD}, {AD}),
    "reminder_rule_new": Route(lambda _: ["school"], {AD}, {AD}),
    "reminder_rule_new_of_step": Route(lambda _: ["school", "audit"], {AD}, {AD}),
    "reminder_own_drop": Route(lambda _: ["hub_leader", "levels"], {AD}, {AD}),
    "reminder_rule": Route(lambda w: [w.extra["reminder_rule"].pk], {AD}, {AD}),
    "reminder_rule_away": Route(lambda w: [w.extra["reminder_rule"].pk], {AD}, {AD}),
    "round_board": Route(_round, {AD, VI}),
    "milestone": Route(lambda w: [w.round.slug, w.extra["milestone"].pk], {AD}, {AD}),
    "round_open": Route(_round, {AD}, {AD}),
    "round_close": Route(_round, {AD}, {AD}),
    "round_reopen": Route(_round, {AD}, {AD}),
    "round_archive": Route(_round, {AD}, {AD}),
    "upload_limits": Route(None, {AD}, {AD}),
    "log": Route(None, {AD}),
    "log_download": Route(None, {AD}),
    "frameworks": Route(None, SIGNED_IN),
    "framework": Route(_framework, SIGNED_IN),
    "framework_edit": Route(_framework, {AD}, {AD}),
    "criterion_edit": Route(lambda w: [w.round.framework_id, "A1"], {AD}, {AD}),
    "document_edit": Route(lambda w: [w.round.framework_id, "document-1"], {AD}, {AD}),
    # Hubs
    "hubs": Route(None, HUB | {RV} | HQ),
    "hubs_csv": Route(None, HUB | {RV} | HQ),
    "hub_new": Route(None, {AD}, {AD}),
    "hub": Route(_hub, HUB | HQ),
    "hub_edit": Route(_hub, {AD}, {AD}),
    "hub_take_part": Route(_hub, {AD}, {AD}),
    "hub_people": Route(_hub, HUB | HQ),
    "hub_leader_new": Route(_hub, {AD}, {AD}),
    "hub_mentor_new": Route(_hub, {AD}, {AD}),
    "hub_stand_down": Route(lambda w: [w.hub.slug, w.extra["hub_membership"].pk], {AD}, {AD}),
    "hub_payee": Route(lambda w: [w.hub.slug, w.extra["hub_membership"].pk], {AD, FI}, {AD, FI}),
    "hub_invitation_withdraw": Route(lambda w: [w.hub.slug, w.hub_invitation.pk], None, {AD}),
    "substitute_new": Route(_hub, {AD}, {AD}),
    "substitute": Route(_substitution, {AD}, {AD}),
    "substitute_end": Route(_substitution, {AD}, {AD}),
    # What a leader tells the next one: not for mentors, nor for those of HQ who only look on
    "hub_hand_over": Route(_hub, {HL, AD}),
    "hand_over_hub": Route(_hub, {HL, AD}, {HL, AD}),
    "hand_over_school": Route(lambda w: [w.hub.slug, w.school.pk], {HL, AD}, {HL, AD}),
    "hub_round": Route(_hub_round, HUB | {AD, VI}),
    "leader_certificate": Route(lambda w: [w.hub.slug, w.extra["led"].round.slug, _person(w, HL)], {HL, AD}),
    "hub_round_places": Route(_hub_round, {AD}, {AD}),
    "hub_checklist": Route(_hub_round, HUB | {AD, VI}),
    "mentoring": Route(_hub_round, HUB | {AD, VI}),
    "mentoring_csv": Route(_hub_round, HUB | {AD, VI}),
    "mentoring_new": Route(_hub_round, HUB, HUB),
    # Who gave the time, and HQ's admins
    "mentoring_entry": Route(lambda w: [*_hub_round(w), w.extra["mentoring"].pk], {HL, AD}, {HL, AD}),
    "mentoring_delete": Route(lambda w: [*_hub_round(w), w.extra["mentoring"].pk], {HL, AD}, {HL, AD}),
    "hub_leaders": Route(None, {AD, VI}),
    "hub_leaders_csv": Route(None, {AD, VI}),
    "hub_leader": Route(lambda w: [_person(w, HL)], {AD, VI}),
    "training_session": Route(lambda w: [*_hub_round(w), "training_1"], HUB | {AD}, HUB | {AD}),
    "training_register": Route(lambda w: [*_hub_round(w), "training_1"], HUB | {AD}, HUB | {AD}),
    "session_calendar": Route(lambda w: [*_hub_round(w), "training_1"], SCHOOL | HUB | {AD, VI}),
    "hub_training": Route(_hub_round, HUB | {AD, VI}),
    "session_page": Route(_session, SCHOOL | HUB | {AD, VI}),
    "session_call_off": Route(_session, HUB | {AD}, HUB | {AD}),
    "session_reply": Route(lambda w: [w.session.pk, w.school.pk], SEES_WORK, SEES_WORK),
    "session_catch_up": Route(lambda w: [w.session.pk, w.school.pk], HUB | {AD}, HUB | {AD}),
    "session_material_new": Route(_session, HUB | {AD}, HUB | {AD}),
    "session_material_remove": Route(
        lambda w: [w.session.pk, w.extra["session_material"].pk], HUB | {AD}, HUB | {AD}
    ),
    "session_certificates": Route(_session, SEES_WORK),
    "session_certificate": Route(lambda w: [w.session.pk, w.extra["session_reply"].pk], SEES_WORK),
    # HQ's meetings are for whoever leads a hub; a certificate is one's own
    "leader_meetings": Route(None, LEADERS | {AD, VI}),
    "leader_meeting_new": Route(None, {AD}, {AD}),
    "leader_meeting": Route(_meeting, LEADERS | {AD, VI}),
    "leader_meeting_edit": Route(_meeting, {AD}, {AD}),
    "leader_meeting_reply": Route(_meeting, None, LEADERS),
    "leader_meeting_invite": Route(_meeting, {AD}, {AD}),
    "leader_meeting_call_off": Route(_meeting, {AD}, {AD}),
    "leader_meeting_register": Route(_meeting, {AD}, {AD}),
    "leader_meeting_calendar": Route(_meeting, LEADERS | {AD, VI}),
    "leader_meeting_material_new": Route(_meeting, {AD}, {AD}),
    "leader_meeting_material_remove": Route(
        lambda w: [*_meeting(w), w.extra["meeting_material"].pk], {AD}, {AD}
    ),
    "leader_meeting_certificates": Route(_meeting, {HL, AD}),
    "leader_meeting_certificate": Route(lambda w: [*_meeting(w), w.extra["meeting_reply"].pk], {HL, AD}),
    "leader_applications": Route(None, {AD}),
    "leader_specification": Route(None, {AD}, {AD}),
    "leader_application": Route(_application, {AD}),
    "leader_application_judge": Route(lambda w: [*_application(w), 1], None, {AD}),
    "leader_application_ask": Route(_application, {AD}, {AD}),
    "leader_application_accept": Route(_application, {AD}, {AD}),
    "leader_application_decline": Route(_application, {AD}, {AD}),
    # A hub leader's own; only HL's nears its end
    "leader_commitment": Route(None, {HL, RV}, {HL, RV}),
    "leader_commitment_leave": Route(None, {HL}, {HL}),
    "registrations": Route(None, {HL, RV, AD}),
    "registration": Route(_registration, {HL, AD}),
    "registration_accept": Route(_registration, {HL, AD}, {HL, AD}),
    "registration_accepted": Route(lambda w: [w.told.registration_id], {HL, AD}),
    "registrations_csv": Route(None, {HL, RV, AD}),
    "registration_correct": Route(_registration, {AD}, {AD}),
    "registration_pass": Route(_registration, {AD}, {AD}),
    "registration_decline": Route(_registration, {AD}, {AD}),
    "registration_hand_back": Route(_registration, {HL}, {HL}),
    "registration_send_agreement": Route(_registration, None, {HL, AD}),
    "registration_paper": Route(_registration, {AD}, {AD}),
    # The desk; replies are one's own
    "desk": Route(None, HUB | {RV, AD, VI}),
    "replies": Route(None, HUB | {RV}),
    "reply_new": Route(None, HUB | {RV}, HUB | {RV}),
    "reply": Route(lambda w: [w.extra["reply"].pk], {HL}, {HL}),
    "reply_delete": Route(lambda w: [w.extra["reply"].pk], {HL}, {HL}),
    # The school's work
    # A list of what one sees; empty for who sees none
    "submissions": Route(None, SIGNED_IN - {FI}),
    "submission": Route(_sub, SEES_WORK),
    "submission_audit": Route(_sub, SEES_WORK, {SL}),
    "submission_level": Route(_sub, SEES_WORK, {SL}),
    "level_answer": Route(_sub, None, {HL}),
    "action_plan": Route(_sub, SEES_WORK),
    "action_row_new": Route(_sub, {SL}, {SL}),
    "action_row": Route(_row, {SL}, {SL}),
    "action_row_remove": Route(_row, {SL}, {SL}),
    "action_row_progress": Route(_row, {SL}, {SL}),
    "core_document": Route(lambda w: [w.working.pk, "document-1"], SEES_WORK),
    "reflection": Route(lambda w: [w.working.pk, "a1"], SEES_WORK),
    "part_text": Route(_part, None, {SL}),
    "part_versions": Route(_part, SEES_WORK),
    "part_version": Route(lambda w: [*_part(w), 1], SEES_WORK),
    "part_version_restore": Route(lambda w: [*_part(w), 1], {SL}, {SL}),
    "part_evidence": Route(_part, {SL}, {SL}),
    "part_caption": Route(_part_piece, {SL}, {SL}),
    "part_untie": Route(_part_piece, None, {SL}),
    "part_feedback": Route(_part, HUB, HUB),
    "part_action": Route(lambda w: [*_part(w), "send"], {SL}, {SL}),
    "evidence": Route(_sub, SEES_WORK),
    "evidence_new": Route(_sub, {SL}, {SL}),
    "upload": Route(lambda w: [w.extra["incoming"].upload.key], None),  # HEAD, PATCH: test_files_uploads
    "evidence_upload": Route(_sub, None, {SL}),
    "evidence_on_the_way": Route(_sub, {SL}),
    "evidence_upload_row": Route(_incoming, {SL}),
    "evidence_upload_remove": Route(_incoming, None, {SL}),
    "evidence_piece": Route(_piece, SEES_WORK),
    "evidence_change": Route(_piece, {SL}, {SL}),
    "evidence_children": Route(_piece, {SL}, {SL}),
    "evidence_consent": Route(_piece, SCHOOL, SCHOOL),
    "evidence_remove": Route(_piece, {SL}, {SL}),
    "evidence_feedback": Route(_piece, HUB, HUB),
    "feedback_answer": Route(lambda w: [w.working.pk, w.thread.pk], None, HUB | {SL}),
    "feedback_resolve": Route(lambda w: [w.working.pk, w.thread.pk], None, HUB | {SL}),
    "feedback_reopen": Route(lambda w: [w.working.pk, w.thread.pk], None, HUB | {SL}),
    "feedback_asked": Route(_sub, SEES_WORK),
    "evidence_matrix": Route(_sub, SEES_WORK, {SL}),
    "earlier": Route(_sub, SEES_WORK),
    "earlier_part": Route(_part, None, {SL}),
    "earlier_rest": Route(_sub, None, {SL}),
    "sign_off": Route(_sub, SEES_WORK),
    "sign_off_send": Route(_sub, None, {SL}),
    "sign_off_whole": Route(_sub, None, {HL}),
    "sign_off_return": Route(_sub, None, {HL}),
    "sign_off_reopen": Route(_sub, None, {HL}),
    "submit": Route(_sub, SEES_WORK, {SL}),
    "submission_read": Route(_sub, SEES_WORK),
    "packs": Route(_sub, SEES_WORK),
    "pack": Route(lambda w: [w.working.pk, "pdf"], SEES_WORK, SEES_WORK),
    "questions": Route(_sub, SEES_WORK),
    "questions_pdf": Route(_framework, SIGNED_IN),
    "receipt": Route(lambda w: [w.told.pk], SEES_WORK),
    "conversation": Route(_sub, SEES_WORK, SCHOOL | HUB),
    "submission_history": Route(_sub, SEES_WORK),
    "submission_extensions": Route(_sub, SEES_WORK),
    "extension_new": Route(_sub, {AD}, {AD}),
    "extension_ask": Route(_sub, {HL}, {HL}),
    "extensions": Route(None, HUB | {RV, AD}),
    "extension_request": Route(lambda w: [w.extra["request"].pk], HUB | {AD}, {HL, AD}),
    "extension_decline": Route(lambda w: [w.extra["request"].pk], None, {AD}),
    "extension_take_back": Route(lambda w: [w.extra["request"].pk], None, {HL}),
    "case_new": Route(_sub, SEES_WORK, SEES_WORK),
    "hub_case_new": Route(_hub, HUB | {AD}, HUB | {AD}),
    "cases": Route(None, SCHOOL | HUB | {RV, AD}),
    "case_start": Route(None, SCHOOL | HUB | {RV, AD}),
    "case": Route(lambda w: [w.extra["case"].pk], {SL, AD}),  # who raised it, and HQ
    "case_note": Route(lambda w: [w.extra["case"].pk], None, {AD}),
    "case_owner": Route(lambda w: [w.extra["case"].pk], None, {AD}),
    "case_due": Route(lambda w: [w.extra["case"].pk], None, {AD}),
    "case_reopen": Route(lambda w: [w.extra["case"].pk], None, {AD}),
    "case_outcome": Route(lambda w: [w.extra["case"].pk, "withdraw"], {AD}, {AD}),
    "submission_action": Route(lambda w: [w.working.pk, "withdraw"], {AD}, {AD}),
    # Reviews and awards
    "reviews": Route(None, {HL, RV}),
    "review": Route(_review, {RV, AD}, {RV}),
    "review_read": Route(_review, {RV, AD}),
    "review_packs": Route(_review, {RV, AD}),
    "review_pack": Route(lambda w: [w.review.pk, "zip"], {RV, AD}, {RV, AD}),
    "review_complete": Route(_review, {RV}, {RV}),
    "review_decline": Route(_review, {RV}, {RV}),
    "review_take_back": Route(_review, {AD}, {AD}),
    "round_reviews": Route(_round, {AD, VI}),
    "assign_reviewers": Route(_in_review, {AD}, {AD}),
    "declare_conflict": Route(_in_review, {AD}, {AD}),
    "assignment_plan": Route(_round, {AD}, {AD}),
    "plan_by_hand": Route(_in_review, {AD}, {AD}),
    "plan_confirm": Route(_round, {AD}, {AD}),
    "plan_drop": Route(_round, {AD}, {AD}),
    "agreed_reviews": Route(_round, {AD}, {AD}),
    "declared_conflicts": Route(None, {AD}),
    "interest_lift": Route(lambda w: [w.extra["interest"].pk], {AD}, {AD}),
    "interests": Route(None, LEADERS, LEADERS),
    "reviews_accept": Route(None, None, LEADERS),
    "name_conflict": Route(_sub, SCHOOL, SCHOOL),
    "round_moderation": Route(_round, {AD}),
    "moderation_choose": Route(_round, None, {AD}),
    "moderate": Route(_in_review, {AD}),
    "moderation_note": Route(_in_review, None, {AD}),
    "moderation_look": Route(_in_review, None, {AD}),
    "moderation_third": Route(_in_review, None, {AD}),
    "round_agreement": Route(_round, {AD}),
    "round_agreement_csv": Route(_round, {AD}),
    "round_decisions": Route(_round, {AD, VI}),
    "decide_several": Route(_round, None, {AD}),
    "decide": Route(_in_review, {AD}, {AD}),
    "undo_decision": Route(_in_review, {AD}, {AD}),
    "uphold_appeal": Route(_told, {AD}, {AD}),
    "round_release": Route(_round, {AD}, {AD}),
    "round_certificates": Route(_round, {AD}),
    "round_certificates_zip": Route(_round, {AD}),
    "round_letters": Route(_round, {AD}),
    "round_letter": Route(_told, {AD}),
    "release": Route(_release, {AD}),
    "release_stop": Route(_release, None, {AD}),
    "award": Route(lambda w: [w.told.pk], SEES_WORK),
    "award_letter": Route(lambda w: [w.told.pk], SEES_WORK),
    "outcome_appeal": Route(lambda w: [w.told.pk], SCHOOL, SCHOOL),
    "round_appeals": Route(_round, {AD}),
    "appeal_terms": Route(_round, {AD}, {AD}),
    "appeal": Route(_appeal, {AD}),
    "appeal_review": Route(_appeal, {AD}, {AD}),
    "appeal_turn_down": Route(_appeal, {AD}, {AD}),
    "certificate_revoke": Route(lambda w: [w.award.number], {AD}, {AD}),
    "certificate_reissue": Route(lambda w: [w.award.number], {AD}, {AD}),
    "award_share": Route(lambda w: [w.award.number], SCHOOL | {AD}, SCHOOL | {AD}),
    "award_logo": Route(lambda w: [w.award.number], SCHOOL | {AD}),
    "award_press": Route(lambda w: [w.award.number], SCHOOL | {AD}),
    "press_text": Route(None, {AD}, {AD}),
    # Money
    "invoices": Route(None, {HT, FC, AD, FI}),
    "invoices_csv": Route(None, {AD, FI}),
    "invoice": Route(_invoice, {HT, FC, AD, FI}),
    "invoice_issue": Route(_invoice, None, {AD, FI}),
    "invoice_order_number": Route(_invoice, {FC, HT, AD, FI}, {FC, HT, AD, FI}),
    "invoice_payment": Route(_invoice, {AD, FI}, {AD, FI}),
    "earnings": Route(None, {HL, RV, AD, FI}),
    "earnings_owed": Route(None, {AD, FI}),
    "earnings_of": Route(lambda w: [_person(w, HL)], {AD, FI}),
    "round_fees": Route(_round, {AD, FI}, {AD, FI}),
    "issue_held_back": Route(_round, None, {AD, FI}),
    "round_earnings": Route(_round, {AD, FI}, {AD, FI}),
}
# Whoever is in one world sees these of another too: they are the scheme's, not a school's.
SHARED = {
    "award_renew",
    "application_criterion",
    "application_file_remove",
    "badge",
    "badge_key",
    "badge_level",
    "badge_level_file",
    "badge_status",
    "certificate",
    "framework",
    "questions_pdf",
    "leader_meeting",
    "leader_meeting_calendar",
    "leader_meeting_reply",
}

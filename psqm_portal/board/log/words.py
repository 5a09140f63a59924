"""How the log's actions are called, in groups, for HQ to read and to choose from."""

GROUPS: dict[str, tuple[str, dict[str, str]]] = {
    "signing_in": (
        "Signing in and accounts",
        {
            "session.signed_in": "Signed in",
            "session.failed": "Tried to sign in, and failed",
            "session.blocked": "Tried to sign in too often",
            "session.signed_out": "Signed out",
            "session.expired": "Was signed out after a time",
            "session.ended": "Ended a session elsewhere",
            "second_factor.failed": "Gave a wrong second factor",
            "second_factor.added": "Set up a second factor",
            "second_factor.removed": "Took a second factor away",
            "second_factor.renewed": "Made new recovery codes",
            "password.set": "Chose a password",
            "password.changed": "Changed the password",
            "password.reset": "Reset the password by mail",
            "email.added": "Added an e-mail address",
            "email.confirmed": "Confirmed an e-mail address",
            "email.changed": "Changed the e-mail address",
            "email.removed": "Took an e-mail address away",
            "person.renamed": "Changed their name",
            "calendar.make_address": "Made a calendar address",
            "calendar.renew_address": "Renewed the calendar address",
            "calendar.stop_address": "Stopped the calendar address",
        },
    ),
    "refused": (
        "Refused",
        {
            "page.denied": "Was refused a page",
            "page.not_found": "Asked for something that isn’t there for them",
        },
    ),
    "seen": (
        "Photos of children, downloads",
        {
            "evidence.children_seen": "Opened a file with children in it",
            "pack.downloaded": "Downloaded a pack",
            "page.downloaded": "Downloaded a list or file",
        },
    ),
    "people": (
        "People and their roles",
        {
            "invitation.made": "Invited somebody",
            "invitation.accepted": "Accepted an invitation",
            "invitation.withdrawn": "Withdrew an invitation",
            "school_membership.started": "Joined a school",
            "school_membership.ended": "Ended a place at a school",
            "hub_membership.start": "Joined a hub",
            "hub_membership.end": "Ended a place in a hub",
            "hub_membership.set_payee_reference": "Changed a payee reference",
            "hq_membership.started": "Joined HQ",
            "hq_membership.ended": "Ended a place in HQ",
            "standing.declare_conflict": "Declared a conflict of interest",
            "admin.added": "Added something in the support pages",
            "admin.changed": "Changed something in the support pages",
            "admin.deleted": "Deleted something in the support pages",
        },
    ),
    "work": (
        "The school’s work",
        {
            "registration.register": "Registered a school",
            "registration.agree": "Signed the agreement",
            "registration.send_agreement": "Sent the agreement again",
            "registration.pass_to_hub": "Passed a registration to a hub",
            "registration.hand_back": "Handed a registration back",
            "registration.accept": "Accepted a registration",
            "registration.decline": "Declined a registration",
            "submission.enrol": "Enrolled a school",
            "submission.propose_level": "Proposed a level",
            "submission.confirm_level": "Confirmed the level",
            "submission.return_level": "Returned the level",
            "part.send": "Sent a part",
            "part.return": "Returned a part",
            "part.sign_off": "Signed a part off",
            "part.reopen": "Reopened a part",
            "evidence.removed": "Took evidence away",
            "evidence.consent_withdrawn": "Withdrew consent to a photo",
            "submission.send_for_sign_off": "Sent everything for sign-off",
            "submission.return": "Returned a submission",
            "submission.sign_off": "Signed a submission off",
            "submission.reopen_parts": "Reopened parts",
            "submission.submit": "Submitted",
            "submission.close": "Closed a submission",
            "submission.let_in_late": "Let a school in late",
            "submission.reopen": "Reopened a submission",
            "submission.withdraw": "Withdrew a submission",
            "submission.defer": "Deferred a submission",
            "submission.extend": "Gave a school more time",
            "submission.hand_over": "Handed a submission over",
            "submission.move_hub": "Moved a school to another hub",
            "extension.ask": "Asked for more time",
            "extension.decline": "Declined more time",
            "message.delete": "Deleted a message",
        },
    ),
    "awards": (
        "Reviews and awards",
        {
            "submission.assign_reviewers": "Assigned reviewers",
            "review.assign": "Assigned a review",
            "review.complete": "Sent a review to HQ",
            "review.decline": "Declined a review",
            "review.void": "Took a review back",
            "submission.finish_reviews": "Last review came in",
            "submission.add_review": "Asked for another review",
            "submission.decide": "Decided",
            "submission.undo": "Undid a decision",
            "submission.release": "Told an outcome",
            "submission.uphold_appeal": "Upheld an appeal",
            "award.make": "Made an award",
            "award.supersede": "Superseded an award",
            "award.revoke": "Revoked an award",
            "award.reissue": "Made a certificate again",
        },
    ),
    "money": (
        "Money",
        {
            "invoice.make": "Made an invoice",
            "invoice.set_order_number": "Saved an order number",
            "invoice.issue": "Issued an invoice",
            "invoice.record_payment": "Recorded a payment",
            "invoice.go_along": "Moved an invoice to a later round",
            "fees.save": "Changed fees",
            "earning_terms.save": "Changed what leaders earn",
        },
    ),
    "settings": (
        "Rounds, hubs and settings",
        {
            "round.make": "Made a round",
            "round.open": "Opened a round",
            "round.close": "Closed a round",
            "round.reopen": "Reopened a round",
            "round.archive": "Archived a round",
            "round.change_settings": "Changed a round’s settings",
            "milestone.move": "Moved a date",
            "framework.edit": "Changed a framework",
            "file_limits.change": "Changed upload limits",
            "school.made": "Added a school",
            "school.changed": "Changed a school’s details",
            "hub.made": "Made a hub",
            "hub.changed": "Changed a hub’s details",
            "hub_round.take_part": "Took a hub into a round",
            "hub_round.change_training": "Changed how a hub trains",
            "hub_round.set_places": "Changed a hub’s places",
            "training_session.set": "Set a training session",
            "training_session.register": "Recorded who came to training",
            "suppression.made": "Stopped mail to an address",
            "suppression.lifted": "Allowed mail to an address again",
        },
    ),
}
ALL = {action: words for _, actions in GROUPS.values() for action, words in actions.items()}


def words_of(action: str) -> str:
    """An action that nobody named yet speaks for itself."""
    return ALL.get(action) or action.replace(".", ": ").replace("_", " ").capitalize()


def choices() -> list[tuple[str, object]]:
    """For a select: each group as a whole, then its actions."""
    groups: list[tuple[str, object]] = [("", "Anything")]
    for key, (title, actions) in GROUPS.items():
        groups.append((title, [(key, f"All of: {title}"), *actions.items()]))
    return groups


def actions_in(choice: str) -> list[str]:
    return list(GROUPS[choice][1]) if choice in GROUPS else [choice]

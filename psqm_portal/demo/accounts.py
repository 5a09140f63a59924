"""The accounts of the demonstration: one for each role, the same password for all.

``settings/demo.py`` waives the second factor for those of them that belong to HQ; a test holds the two
together.
"""

from dataclasses import dataclass

PASSWORD = "demo-password"  # noqa: S105 - printed on the sign-in page of the demonstration


@dataclass(frozen=True, slots=True)
class Account:
    key: str
    name: str

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example"


SUBJECT_LEADER = Account("subject.leader", "Priya Raman")
HEADTEACHER = Account("headteacher", "Gareth Llewellyn")
HUB_LEADER = Account("hub.leader", "Moira Sinclair")
MENTOR = Account("mentor", "Tunde Adeyemi")
REVIEWER = Account("reviewer", "Helen Braithwaite")
HQ = Account("hq", "Yasmin Choudhury")
FINANCE = Account("finance", "Owen Pritchard")
VIEWER = Account("viewer", "Beatrix Fenwick")

ACCOUNTS = (SUBJECT_LEADER, HEADTEACHER, HUB_LEADER, MENTOR, REVIEWER, HQ, FINANCE, VIEWER)
EMAILS = frozenset(account.email for account in ACCOUNTS)

"""Where sessions are kept (SESSION_ENGINE): Django's database store; its rows know their person and time."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.models import Session
from psqm_portal.core.clock import now


class SessionStore(DatabaseStore):
    """``row`` is the session as it was read or last written; None before that."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        self.row = super()._get_session_from_db()  # type: ignore[misc]  # django-stubs doesn't know it
        return self.row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = cast(Session, super().create_model_instance(data))
        moment, old = now(), self._own_row()
        made.person_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        made.started_at, made.seen_at = (old.started_at, old.seen_at) if old else (moment, moment)
        if old is not None:
            made.address, made.browser = old.address, old.browser
        self.row = made
        return made

    def _own_row(self) -> Session | None:
        """None for a new key: that is another session (a sign-in's), and no time of the old one counts."""
        return self.row if self.row is not None and self.row.session_key == self.session_key else None

    def touch(self, moment: datetime) -> None:
        """Its person did something. One column of a row that may be gone: it brings no session back."""
        if self.row is not None:
            self.row.seen_at = moment
            Session.objects.filter(session_key=self.row.session_key).update(seen_at=moment)

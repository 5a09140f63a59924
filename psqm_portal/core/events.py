"""How a lower app tells higher ones what happened, in the same transaction.

An event's name is ``"<machine>.<action>"`` (``"submission.enrol"``, ``"review.complete"``) or, for a
change that no machine makes, ``"<thing>.<what>"`` (``"hub_membership.started"``). A handler that raises
undoes the change that told it.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Handler = Callable[..., None]

_handlers: dict[str, list[Handler]] = defaultdict(list)


def on(*names: str) -> Callable[[Handler], Handler]:
    """Subscribe; a handler is called as ``handler(subject, occasion)``, in the order of the apps."""

    def subscribe(handler: Handler) -> Handler:
        for name in names:
            if handler not in _handlers[name]:
                _handlers[name].append(handler)
        return handler

    return subscribe


def publish(name: str, subject: Any, occasion: Any) -> None:
    for handler in _handlers[name]:
        handler(subject, occasion)

"""What owners see of what happens: log lines, Prometheus counters, events."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from prometheus_client import Counter

from ..errors import EscherpadError
from ..policy.refusals import Refusal
from .activity import ActivityRecorder
from .grant_log import GrantLog
from .refusal_log import NO_ORIGIN, SHOWN, RefusalLog

if TYPE_CHECKING:
    from jupyter_events import EventLogger

    from ..grants import Grant

EVENT_SCHEMA = "https://schema.escherpad.com/escherpad_ext/grant/v1"
_SCHEMA_FILE = Path(__file__).parent / "event_schemas" / "grant" / "v1.yaml"

#: On core's ``/metrics``. Every label's values are a closed set.
SERVED = Counter(
    "escherpad_ext_requests_served",
    "Requests that a token authenticated, by whose token it was.",
    ["token"],
)
REFUSED = Counter(
    "escherpad_ext_requests_refused",
    "Requests that were refused, by error and reason.",
    ["error", "reason"],
)
CONNECT = Counter(
    "escherpad_ext_connect",
    "Requests to connect an app, by what came of them.",
    ["outcome"],
)
GRANTS = Counter(
    "escherpad_ext_grants",
    "What became of grants, as this server noticed it.",
    ["change"],
)

#: What can come of a request to connect an app.
ConnectOutcome = Literal[
    "shown", "allowed", "denied", "refused", "exchanged", "not_exchanged", "disconnected"
]
CONNECT_OUTCOMES: tuple[ConnectOutcome, ...] = get_args(ConnectOutcome)


@cache  # looking a label up takes longer than counting, at each authenticated request
def _served(token: Literal["server", "grant"]) -> Counter:
    return SERVED.labels(token)


class Telemetry:
    """The one place that is told of everything. It never sees a token."""

    def __init__(self, refusals: RefusalLog, grants: GrantLog, activity: ActivityRecorder) -> None:
        #: What apps did.
        self.activity = activity
        self._refusals = refusals
        self._grants = grants
        self._events: EventLogger | None = None

    def set_event_logger(self, events: EventLogger | None) -> None:
        """Emit events to this logger from now on."""
        if events is not None:
            events.register_event_schema(_SCHEMA_FILE)
        self._events = events
        self.activity.events.set_event_logger(events)

    def served(self, *, by_grant: bool) -> None:
        """Count a request that a token authenticated."""
        _served("grant" if by_grant else "server").inc()

    def refused(self, refusal: Refusal, origin: str | None, method: str, path: str) -> None:
        """Count a refusal, log it and emit an event. Logs and events are limited in number."""
        REFUSED.labels(refusal.error, refusal.reason).inc()
        if self._refusals.record(refusal, origin or NO_ORIGIN, method, path):
            self._emit("refused", {"origin": (origin or "")[:SHOWN], "reason": refusal.reason})

    def connect(self, outcome: ConnectOutcome) -> None:
        """Count the outcome of a request to connect an app."""
        CONNECT.labels(outcome).inc()

    def connect_refused(self, problem: EscherpadError, client: str, method: str, path: str) -> None:
        """Count and log why a site could not be connected, and the line that would allow it."""
        self.connect("refused")
        REFUSED.labels("connect_refused", problem.code).inc()
        self._refusals.write(
            problem.code, problem.what, problem.suggestion, client or NO_ORIGIN, method, path
        )

    def created(self, grant: Grant) -> None:
        """Count a new grant, log it and emit an event."""
        self._grants.created(grant)
        self._changed("created", grant)

    def first_used(self, grant: Grant, remote_ip: str | None) -> None:
        """Count the first use of a grant, log it and emit an event with the caller's address."""
        self._grants.first_used(grant, remote_ip or "")
        self._changed("first_used", grant, remote_ip=remote_ip or "")

    def revoked(self, grant: Grant) -> None:
        """Count a revoked grant, log it and emit an event."""
        self._grants.revoked(grant)
        self._ended("revoked", grant)

    def expired(self, grant: Grant) -> None:
        """Count a grant that reached its end, log it and emit an event."""
        self._grants.expired(grant)
        self._ended("expired", grant)

    def kernel_started(self, grant: Grant, kernel_id: str) -> None:
        """Emit an event: an app started a kernel."""
        data = {"grant": grant.id, "origin": grant.origin, "name": grant.name}
        self._emit("kernel_started", {**data, "kernel": kernel_id})

    def _ended(self, change: str, grant: Grant) -> None:
        self.activity.grant_ended(grant)
        self._changed(change, grant)

    def _changed(self, change: str, grant: Grant, **more: str) -> None:
        GRANTS.labels(change).inc()
        data = {
            "grant": grant.id,
            "origin": grant.origin,
            "name": grant.name,
            "scopes": sorted(grant.scopes),
            "folder": grant.folder,
            "program": grant.program,
            "resource": grant.resource,
            "expires": grant.expires,
        }
        self._emit(change, {**data, **more})

    def _emit(self, change: str, data: dict[str, Any]) -> None:
        if self._events is not None:
            self._events.emit(schema_id=EVENT_SCHEMA, data={"change": change, **data})

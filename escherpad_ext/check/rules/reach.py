"""Checks whether anything answers at the address, and whether it is a Jupyter server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...console import cut
from ...policy.origin import Origin
from .. import fixes
from ..facts import Answer, Facts, NoResponse
from ..findings import OLDEST_JUPYTER_SERVER, Finding, make_finding
from ..probe_requests import PLAIN
from ..proxy_fixes import proxy_fix
from .hub import of_hub
from .rewritten import added
from .stranger import is_jupyter, of_gateway, of_stranger, right_address

_BAD_GATEWAY = frozenset({502, 503, 504})


def check_address(facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with the address itself."""
    page, address = Origin.parse(facts.origin), facts.address
    if page.scheme == "https" and address.scheme == "http" and not address.is_loopback:
        yield make_finding(
            "mixed_content",
            f"{facts.origin} is on https and {address} is on http. Browsers block such requests "
            "before they are sent, except to http://localhost.",
            fixes.shell(
                fixes.check(
                    facts.origin, "--server", f"http://localhost:{address.port}{address.path}"
                ),
                "on the machine with the browser; enter this address on the site. If the server "
                "is on another machine, first run: "
                f"ssh -N -L {address.port}:localhost:{address.port} {address.host}",
            ),
        )


def check_reach(facts: Facts) -> Iterator[Finding]:
    """Yield why no Jupyter server answers; nothing if one does."""
    outcome = facts.outcomes[PLAIN.name]
    finding = (
        _of_no_response(facts, outcome)
        if isinstance(outcome, NoResponse)
        else _of_answer(facts, outcome)
    )
    if finding is not None:
        yield finding


def _of_no_response(facts: Facts, silence: NoResponse) -> Finding:
    address = facts.address
    if facts.elsewhere and facts.elsewhere[0].scheme != address.scheme:
        return _wrong_scheme(facts)
    if facts.elsewhere:
        return _other_ip(facts)
    if silence.kind == "untrusted":
        return _untrusted(facts, silence)
    if silence.kind in {"refused", "unknown_host"}:
        return _nothing_listens(facts, silence)
    if silence.kind in {"not_http", "tls"}:
        return make_finding("not_http", "The answer is not HTTP.", right_address(facts))
    why = {
        "timeout": "It accepted the connection, but did not answer within a few seconds.",
        "endless": "Its answer does not end.",
    }.get(silence.kind, "It closed the connection without an answer.")
    return make_finding("no_answer", why, right_address(facts))


def _wrong_scheme(facts: Facts) -> Finding:
    (other, *_) = facts.elsewhere
    why = f"The program at port {other.port} speaks {other.scheme}, not {facts.address.scheme}."
    return make_finding("wrong_scheme", why, fixes.other_address(facts.origin, other))


def _other_ip(facts: Facts) -> Finding:
    (other, *_) = facts.elsewhere
    why = (
        f"Nothing listens at {facts.address.host_in_url}, port {other.port}. The server listens at "
        f"{other.host_in_url}. c.ServerApp.ip sets this address."
    )
    return make_finding("ipv6_only", why, fixes.other_address(facts.origin, other))


def _untrusted(facts: Facts, silence: NoResponse) -> Finding:
    host = facts.address.host
    return make_finding(
        "certificate_untrusted",
        f"The certificate is not accepted: {cut(silence.detail, 200)}. Pages cannot call a server "
        "whose certificate the browser does not trust, even if you accept it in another tab.",
        fixes.shell(
            f"mkcert -install\nmkcert -cert-file jupyter.pem -key-file jupyter-key.pem {host}",
            "give the server, or the proxy, a certificate for this name from an authority that the "
            "browser's machine trusts. On your own machine, use mkcert:",
        ),
    )


def _nothing_listens(facts: Facts, silence: NoResponse) -> Finding:
    address = facts.address
    if silence.kind == "unknown_host":
        why = f"The name {address.host} has no IP address: {silence.detail}."
    else:
        why = f"No program listens at {address.host_in_url}, port {address.port}."
    return make_finding("nothing_listens", why, right_address(facts))


def _of_answer(facts: Facts, answer: Answer) -> Finding | None:
    if facts.elsewhere and facts.elsewhere[0].scheme != facts.address.scheme:
        return _wrong_scheme(facts)
    if answer.status in _BAD_GATEWAY:
        return _bad_gateway(facts, answer)
    if (answer.refusal() or ("",))[0] == "origin_refused":
        return added(facts)
    # A gateway's version, or its login, would mislead.
    if (found := of_hub(facts, answer) or of_gateway(facts, answer)) is not None:
        return found
    if is_jupyter(answer):
        return _old(answer)
    return _wrong_path(facts) if facts.elsewhere else of_stranger(facts, answer)


def _old(answer: Answer) -> Finding | None:
    version = str(answer.json()["version"])
    found = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    oldest = tuple(map(int, OLDEST_JUPYTER_SERVER.split(".")))
    if found is None or (int(found[1]), int(found[2])) >= oldest:
        return None
    return make_finding(
        "old_jupyter_server",
        f"The server's version is {cut(version)}.",
        fixes.shell(
            f'pip install --upgrade "jupyter_server>={OLDEST_JUPYTER_SERVER}" escherpad-ext',
            "in the Python environment of the server",
            fixes.RESTART,
        ),
    )


def _bad_gateway(facts: Facts, answer: Answer) -> Finding:
    return make_finding(
        "bad_gateway",
        f"The proxy answers {answer.status}. The server behind it does not run, or it runs at "
        "another port. `jupyter server list` prints the right one.",
        proxy_fix(facts, "bad_gateway"),
    )


def _wrong_path(facts: Facts) -> Finding:
    (other, *_) = facts.elsewhere
    why = (
        f"The server is at {other.path} (c.ServerApp.base_url), not at {facts.address.path}. The "
        "address of a page, such as …/lab, is not the server's address."
    )
    return make_finding("wrong_base_url", why, fixes.other_address(facts.origin, other))

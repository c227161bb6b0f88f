"""Checks whether anything answers at the address, and whether it is a Jupyter server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from ...console import cut
from ...policy.origin import Origin
from .. import fixes
from ..address import UrlParts
from ..facts import Answer, Facts, NoResponse
from ..findings import OLDEST_JUPYTER_SERVER, Finding, make_finding
from ..probe_requests import PLAIN

_BAD_GATEWAY = frozenset({502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


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
        return make_finding("not_http", "The answer is not HTTP.", _the_right_address(facts))
    why = {
        "timeout": "It accepted the connection, but did not answer within a few seconds.",
        "endless": "Its answer does not end.",
    }.get(silence.kind, "It closed the connection without an answer.")
    return make_finding("no_answer", why, _the_right_address(facts))


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
    return make_finding("nothing_listens", why, _the_right_address(facts))


def _the_right_address(facts: Facts) -> str:
    """Return how to check a running server, or how to start one."""
    others = [address for address in facts.running if address != facts.address]
    if others:
        return fixes.other_address(facts.origin, *others)
    return fixes.shell("jupyter lab", "start a server and use the address that it prints")


def _of_answer(facts: Facts, answer: Answer) -> Finding | None:
    if facts.elsewhere and facts.elsewhere[0].scheme != facts.address.scheme:
        return _wrong_scheme(facts)
    if answer.status in _BAD_GATEWAY:
        return _bad_gateway(facts, answer)
    if _is_jupyter(answer):
        return _old(answer)
    return _wrong_path(facts) if facts.elsewhere else _of_stranger(facts, answer)


def _of_stranger(facts: Facts, answer: Answer) -> Finding:
    """Return what answers instead of a Jupyter server."""
    if answer.status in _REDIRECTS:
        return _redirected(facts, answer)
    if answer.status == HTTPStatus.UNAUTHORIZED and answer.refusal() is None:
        return _login_in_front(answer)
    if answer.status == HTTPStatus.FORBIDDEN and _refuses_host(facts, answer):
        return _host_refused(facts)
    why = f"GET {facts.address}api was answered with {answer.status}, but not by Jupyter."
    return make_finding("not_jupyter", why, _the_right_address(facts))


def _is_jupyter(answer: Answer) -> bool:
    return answer.status == HTTPStatus.OK and isinstance(answer.json().get("version"), str)


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
    local = next((address for address in facts.running if address.is_loopback), None)
    upstream = local.origin if local else "http://127.0.0.1:8888"
    return make_finding(
        "bad_gateway",
        f"The proxy answers {answer.status}. The server behind it does not run, or it runs at "
        "another port. `jupyter server list` prints the right one.",
        fixes.nginx(f"proxy_pass {upstream.replace('localhost', '127.0.0.1')};"),
    )


def _wrong_path(facts: Facts) -> Finding:
    (other, *_) = facts.elsewhere
    why = (
        f"The server is at {other.path} (c.ServerApp.base_url), not at {facts.address.path}. The "
        "address of a page, such as …/lab, is not the server's address."
    )
    return make_finding("wrong_base_url", why, fixes.other_address(facts.origin, other))


def _redirected(facts: Facts, answer: Answer) -> Finding:
    to = UrlParts.parse(answer.get("Location"))
    same_host = to.host in {"", facts.address.host}
    if to.scheme == "https" and facts.address.scheme == "http" and same_host:
        port = "" if to.port in {None, 443} else f":{to.port}"
        other = f"https://{facts.address.host_in_url}{port}{facts.address.path}"
        why = "It redirects from http to https. Browsers reject redirected preflight requests."
        return make_finding("redirected", why, fixes.check(facts.origin, "--server", other))
    return make_finding(
        "redirected",
        f"GET api needs no login, but a login answered it with {answer.status}. A page on "
        "another origin cannot log in there, and browsers reject redirected preflight requests.",
        _no_login("auth_request off;"),
    )


def _login_in_front(answer: Answer) -> Finding:
    scheme = cut(answer.get("WWW-Authenticate").partition(" ")[0])
    return make_finding(
        "login_in_front",
        f"GET api needs no login, but it was answered with 401 ({scheme or 'no scheme'}). "
        "Preflight requests carry no login, so all requests of browsers fail.",
        _no_login("auth_basic off;", "auth_request off;"),
    )


def _no_login(*directives: str) -> str:
    """Return directives that remove a login, and when that is safe."""
    remark = (
        "only if Jupyter itself asks for a token or password; otherwise everybody who reaches the "
        "proxy can run programs there"
    )
    return f"# {remark}\n{fixes.nginx(*directives)}"


def _refuses_host(facts: Facts, answer: Answer) -> bool:
    """Return whether Jupyter itself refuses the Host: by its JSON, or because localhost works."""
    core = answer.json()
    local = facts.answer("plain_local")
    helps = local is not None and _is_jupyter(local)
    return helps or (core.get("message") == "Forbidden" and "reason" in core)


def _host_refused(facts: Facts) -> Finding:
    local = facts.answer("plain_local")
    name = facts.address.host
    if facts.address.is_loopback or local is None or not _is_jupyter(local):
        # The proxy sends another name than the one in the address.
        name = "a name that is not this machine's"
        fix = (
            "# only if the server asks for a token or password, because this ends its protection "
            "against DNS rebinding\n"
        ) + fixes.lines("c.ServerApp.allow_remote_access = True", facts.configuration)
    else:
        line = f'c.ServerApp.local_hostnames = ["localhost", "{name}"]'
        fix = fixes.lines(line, facts.configuration)
    why = (
        f"The request's Host was {name}. A server that listens only on its own machine refuses "
        "other names, as protection against DNS rebinding."
    )
    return make_finding("host_refused", why, fix)

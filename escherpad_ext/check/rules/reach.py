"""Whether anything is at the address, and whether it is a Jupyter server."""

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
    """Yield what is wrong before anything is asked."""
    page, address = Origin.parse(facts.origin), facts.address
    if page.scheme == "https" and address.scheme == "http" and not address.is_loopback:
        yield make_finding(
            "mixed_content",
            f"{facts.origin} is on https, {address} is not, and browsers block such requests "
            "before they are sent. Only http://localhost is exempt.",
            fixes.shell(
                fixes.check(
                    facts.origin, "--server", f"http://localhost:{address.port}{address.path}"
                ),
                "on the machine with the browser: enter this address on the site. If the server "
                "is another machine, first: "
                f"ssh -N -L {address.port}:localhost:{address.port} {address.host}",
            ),
        )


def check_reach(facts: Facts) -> Iterator[Finding]:
    """Yield why there is no Jupyter server that answers; nothing where there is one."""
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
        return make_finding("not_http", "What came back is no HTTP.", _the_right_address(facts))
    why = {
        "timeout": "It took the connection, and did not answer within some seconds.",
        "endless": "It answers without an end.",
    }.get(silence.kind, "It took the connection, and hung up without an answer.")
    return make_finding("no_answer", why, _the_right_address(facts))


def _wrong_scheme(facts: Facts) -> Finding:
    (other, *_) = facts.elsewhere
    why = f"What listens at port {other.port} speaks {other.scheme}, not {facts.address.scheme}."
    return make_finding("wrong_scheme", why, fixes.other_address(facts.origin, other))


def _other_ip(facts: Facts) -> Finding:
    (other, *_) = facts.elsewhere
    why = (
        f"Nothing listens at {facts.address.host_in_url}, port {other.port}; the server does at "
        f"{other.host_in_url}. A server listens at the address that c.ServerApp.ip names."
    )
    return make_finding("ipv6_only", why, fixes.other_address(facts.origin, other))


def _untrusted(facts: Facts, silence: NoResponse) -> Finding:
    host = facts.address.host
    return make_finding(
        "certificate_untrusted",
        f"The certificate is refused: {cut(silence.detail, 200)}. A browser lets no page call a "
        "server whose certificate it does not trust, even if you accept it in the address bar of "
        "another tab.",
        fixes.shell(
            f"mkcert -install\nmkcert -cert-file jupyter.pem -key-file jupyter-key.pem {host}",
            "give the server, or the proxy in front, a certificate for this name from an authority "
            "that the browser's machine trusts. On your own machine, with mkcert:",
        ),
    )


def _nothing_listens(facts: Facts, silence: NoResponse) -> Finding:
    address = facts.address
    if silence.kind == "unknown_host":
        why = f"The name {address.host} leads nowhere: {silence.detail}."
    else:
        why = f"No program takes connections at {address.host_in_url}, port {address.port}."
    return make_finding("nothing_listens", why, _the_right_address(facts))


def _the_right_address(facts: Facts) -> str:
    """Return how to ask a server that runs, or how to start one."""
    others = [address for address in facts.running if address != facts.address]
    if others:
        return fixes.other_address(facts.origin, *others)
    return fixes.shell("jupyter lab", "start a server, and use the address that it prints")


def _of_answer(facts: Facts, answer: Answer) -> Finding | None:
    if facts.elsewhere and facts.elsewhere[0].scheme != facts.address.scheme:
        return _wrong_scheme(facts)
    if answer.status in _BAD_GATEWAY:
        return _bad_gateway(facts, answer)
    if _is_jupyter(answer):
        return _old(answer)
    return _wrong_path(facts) if facts.elsewhere else _of_stranger(facts, answer)


def _of_stranger(facts: Facts, answer: Answer) -> Finding:
    """Return what it is that answers in the place of a Jupyter server."""
    if answer.status in _REDIRECTS:
        return _redirected(facts, answer)
    if answer.status == HTTPStatus.UNAUTHORIZED and answer.refusal() is None:
        return _login_in_front(answer)
    if answer.status == HTTPStatus.FORBIDDEN and _refuses_host(facts, answer):
        return _host_refused(facts)
    why = f"GET {facts.address}api was answered with {answer.status}, and not as Jupyter does."
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
        f"It says that it is version {cut(version)}.",
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
        f"It answers {answer.status}: the server behind it does not run, or the proxy looks for it "
        "at another port (`jupyter server list` prints the right one).",
        fixes.nginx(f"proxy_pass {upstream.replace('localhost', '127.0.0.1')};"),
    )


def _wrong_path(facts: Facts) -> Finding:
    (other, *_) = facts.elsewhere
    why = (
        f"{facts.address.path} is not where it is: {other.path} is, its c.ServerApp.base_url. An "
        "address of a page, such as …/lab, is not the server's either."
    )
    return make_finding("wrong_base_url", why, fixes.other_address(facts.origin, other))


def _redirected(facts: Facts, answer: Answer) -> Finding:
    to = UrlParts.parse(answer.get("Location"))
    same_host = to.host in {"", facts.address.host}
    if to.scheme == "https" and facts.address.scheme == "http" and same_host:
        port = "" if to.port in {None, 443} else f":{to.port}"
        other = f"https://{facts.address.host_in_url}{port}{facts.address.path}"
        why = "It redirects from http to https, and a preflight that is redirected fails."
        return make_finding("redirected", why, fixes.check(facts.origin, "--server", other))
    return make_finding(
        "redirected",
        f"GET api, which needs no login, was answered with {answer.status}: by a login. "
        "A page on another origin cannot log in there, and a redirected preflight fails.",
        _no_login("auth_request off;"),
    )


def _login_in_front(answer: Answer) -> Finding:
    scheme = cut(answer.get("WWW-Authenticate").partition(" ")[0])
    return make_finding(
        "login_in_front",
        f"GET api, which needs no login, was answered with 401 ({scheme or 'no scheme'}). No "
        "preflight carries a login, so that browsers let all requests fail.",
        _no_login("auth_basic off;", "auth_request off;"),
    )


def _no_login(*directives: str) -> str:
    """Return directives that take a login away, and when that is safe."""
    remark = (
        "only if Jupyter behind it asks for a token or password of its own: else everybody who "
        "reaches the proxy could run programs there"
    )
    return f"# {remark}\n{fixes.nginx(*directives)}"


def _refuses_host(facts: Facts, answer: Answer) -> bool:
    """Tell Jupyter's own 403 from others: it is JSON, or the name of this machine helps."""
    core = answer.json()
    local = facts.answer("plain_local")
    helps = local is not None and _is_jupyter(local)
    return helps or (core.get("message") == "Forbidden" and "reason" in core)


def _host_refused(facts: Facts) -> Finding:
    local = facts.answer("plain_local")
    name = facts.address.host
    if facts.address.is_loopback or local is None or not _is_jupyter(local):
        # The proxy says another name than the one in the address.
        name = "a name that is not this machine's"
        fix = (
            "# only if the server is meant to be reached by that name, and asks for a token or "
            "password: it ends the protection against DNS rebinding\n"
        ) + fixes.lines("c.ServerApp.allow_remote_access = True", facts.configuration)
    else:
        line = f'c.ServerApp.local_hostnames = ["localhost", "{name}"]'
        fix = fixes.lines(line, facts.configuration)
    why = (
        f"The request came with {name} as Host. A server that listens on its own machine only "
        "refuses that, against DNS rebinding."
    )
    return make_finding("host_refused", why, fix)

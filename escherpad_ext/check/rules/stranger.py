"""What answers at the address instead of a Jupyter server with this address."""

from __future__ import annotations

from http import HTTPStatus

from ...console import cut
from ...policy import hosts
from .. import fixes
from ..address import UrlParts
from ..facts import Answer, Facts
from ..findings import Finding, make_finding
from ..probe_requests import PLAIN
from ..proxy_fixes import proxy_fix
from ..services import Service, login_of

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def of_stranger(facts: Facts, answer: Answer) -> Finding:
    """Return what answers instead of a Jupyter server."""
    service = login_of(facts, answer)
    if service is not None and answer.status in {*_REDIRECTS, 401, 403}:
        return _tunnel_login(facts, answer, service)
    if answer.status in _REDIRECTS:
        return _redirected(facts, answer)
    if answer.status == HTTPStatus.UNAUTHORIZED and answer.refusal() is None:
        return _login_in_front(facts, answer)
    if answer.status == HTTPStatus.FORBIDDEN and _refuses_host(facts, answer):
        return _host_refused(facts)
    if answer.status == HTTPStatus.BAD_REQUEST and not (answer.body or facts.direct):
        return _host_malformed(facts)
    why = f"GET {facts.address}api was answered with {answer.status}, but not by Jupyter."
    return make_finding("not_jupyter", why, right_address(facts))


def is_gateway(facts: Facts) -> bool:
    """Return whether a Kernel Gateway or an Enterprise Gateway answered.

    Both have Jupyter's ``/api``. Where one does not name itself there, it has no pages: where
    Jupyter answers with a page that there is nothing, it answers with JSON.
    """
    plain, home = facts.answer(PLAIN.name), facts.answer("home")
    if plain is not None and _is_called_gateway(plain):
        return True
    return home is not None and home.status == HTTPStatus.NOT_FOUND and "reason" in home.json()


def of_gateway(facts: Facts, plain: Answer) -> Finding | None:
    """Return that a gateway answers, if ``/api`` alone shows it."""
    return gateway(facts) if _is_called_gateway(plain) else None


def _is_called_gateway(plain: Answer) -> bool:
    return "gateway_version" in plain.json() or _asks_for_its_token(plain)


def _asks_for_its_token(plain: Answer) -> bool:
    """Return whether ``/api`` is refused as gateways do it; Jupyter shows it to everybody."""
    return plain.status == HTTPStatus.UNAUTHORIZED and plain.json().keys() == {"reason", "message"}


def gateway(facts: Facts) -> Finding:
    """Return that a gateway answers, and what to start in front of it."""
    plain = facts.answer(PLAIN.name)
    remark = "start a Jupyter server in front of it, and use the address that it prints"
    if plain is not None and _asks_for_its_token(plain):
        remark += "; the gateway's own token goes into c.GatewayClient.auth_token"
    return make_finding(
        "gateway_itself",
        "It has Jupyter's API, but none of its pages. Gateways load no Jupyter extensions.",
        fixes.shell(f"jupyter lab --gateway-url={facts.address.origin}", remark),
    )


def _tunnel_login(facts: Facts, answer: Answer, service: Service) -> Finding:
    port = next((each.port for each in facts.running), 8888)
    why = (
        f"{service.name} answers {answer.status} and asks for its own login. A site's requests "
        "cannot log in there, whatever token they have."
    )
    if not service.open_up:
        return make_finding(
            "tunnel_login",
            why,
            "# in the service: let everybody reach the server; its own login remains. If that "
            "cannot be set, use another tunnel",
        )
    remark = "everybody can then reach the port, so Jupyter itself must ask for a token or password"
    return make_finding("tunnel_login", why, fixes.shell(service.open_up.format(port=port), remark))


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
        _no_login(facts, "redirected"),
    )


def _login_in_front(facts: Facts, answer: Answer) -> Finding:
    scheme = cut(answer.get("WWW-Authenticate").partition(" ")[0])
    return make_finding(
        "login_in_front",
        f"GET api needs no login, but it was answered with 401 ({scheme or 'no scheme'}). "
        "Preflight requests carry no login, so all requests of browsers fail.",
        _no_login(facts, "login_in_front"),
    )


def _no_login(facts: Facts, code: str) -> str:
    """Return how to remove a login, and when that is safe."""
    remark = (
        "only if Jupyter itself asks for a token or password; otherwise everybody who reaches the "
        "proxy can run programs there"
    )
    return f"# {remark}\n{proxy_fix(facts, code)}"


def _refuses_host(facts: Facts, answer: Answer) -> bool:
    """Return whether Jupyter itself refuses the Host: by its JSON, or because localhost works."""
    core = answer.json()
    local = facts.answer("plain_local")
    helps = local is not None and is_jupyter(local)
    return helps or (core.get("message") == "Forbidden" and "reason" in core)


def _host_refused(facts: Facts) -> Finding:
    local = facts.answer("plain_local")
    name, sent = facts.address.host, _name_sent(facts)
    if sent is not None:
        name = sent
        lines = (
            f'c.ServerApp.local_hostnames = ["localhost", "{name}"]',
            f'c.EscherpadExt.public_url = "{facts.address.issuer}"',
        )
        fix = fixes.lines("\n".join(lines), facts.configuration)
    elif facts.address.is_loopback or local is None or not is_jupyter(local):
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


def _name_sent(facts: Facts) -> str | None:
    """Return the other name that a proxy writes into Host, as the server repeats it."""
    discovery = facts.answer("discovery")
    issuer = discovery.json().get("issuer") if discovery else None
    name = UrlParts.parse(issuer).host if isinstance(issuer, str) else ""
    is_name = hosts.is_plain(name) and name != facts.address.host
    return name if is_name and not hosts.is_loopback(name) else None


def _host_malformed(facts: Facts) -> Finding:
    """Return what makes Jupyter answer a healthy request with 400 and not a word more."""
    why = (
        f"GET {facts.address}api was answered with 400 and an empty body. So a Jupyter server "
        "answers if a proxy sends it no Host header, or two."
    )
    return make_finding("host_refused", why, proxy_fix(facts, "host_refused"))


def is_jupyter(answer: Answer) -> bool:
    """Return whether a Jupyter server answered."""
    return answer.status == HTTPStatus.OK and isinstance(answer.json().get("version"), str)


def right_address(facts: Facts) -> str:
    """Return how to check a running server, or how to start one."""
    others = [address for address in facts.running if address != facts.address]
    if others:
        return fixes.other_address(facts.origin, *others)
    return fixes.shell("jupyter server", "start a server and use the address that it prints")

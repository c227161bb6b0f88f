"""``diagnose`` in real browsers: what they let a page know of what keeps it from a server."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.browser import bad_proxies
from support.browser.browsers import Browser, drive
from support.browser.diagnose_servers import World, configs
from support.doc_pages import ROOT
from support.ports import free_port

from escherpad_ext.check.findings import FINDINGS
from escherpad_ext.policy.tokens import REASONS

pytestmark = pytest.mark.timeout(240)

LIBRARY = ROOT / "js" / "src"
MAX_SECONDS = 10.5


@dataclass(frozen=True)
class Case:
    """What a page does, and which codes it gets; ``says`` is in the first finding."""

    act: dict[str, Any]
    codes: tuple[str, ...] = ()
    says: str = ""
    severity: str = "error"


def case(*codes: str, says: str = "", severity: str = "error", **act: Any) -> Case:
    return Case(act, codes, says, severity)


@pytest.fixture(scope="session")
def cases(
    script: Callable[[str], bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], dict[str, Case]]]:
    import trustme

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("site.test", "localhost").configure_cert(tls)
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("diagnose")
        world = World(stack, folder, script("diagnose.js"), tls)
        home = world.page()
        world.start(configs(home))
        yield lambda browser: {
            **of_reach(world, home, browser),
            **of_settings(world, home),
            **of_tokens(world, home),
            **of_proxies(world),
        }


def of_reach(world: World, home: str, browser: str) -> dict[str, Case]:
    """What keeps a page from reaching a server of this kind."""
    asks = world.servers["asks"]
    far = {name: world.page(f"{name}.test", secure=True) for name in ("any", "yes", "no", "later")}
    nowhere = f"http://localhost:{free_port()}"
    secure = nowhere.replace("http", "https")
    certain = browser == "firefox"
    untold = "does not tell pages which"
    return {
        "nothing listens": case("nothing_listens", page=home, server=nowhere),
        "nothing listens, by https": case(
            "nothing_listens" if certain else "certificate_untrusted",
            page=home,
            server=secure,
            says="" if certain else untold,
        ),
        "certificate": case(
            "certificate_untrusted",
            page=home,
            server=world.page(secure=True),
            distrusts=True,
            says="Something listens" if certain else untold,
        ),
        "https for http": case(
            "wrong_scheme",
            page=home,
            server=asks.url.replace("http", "https"),
            says=asks.url[:-1],
            slow=True,
        ),
        **{
            f"https for http, refused {times} times": case(
                "wrong_scheme",
                page=home,
                server=(url := world.stumble(times)).replace("http", "https"),
                says=url[:-1],
                slow=True,
            )
            for times in (1, 2, 3, 4)
        },
        "http for https": case(
            "wrong_scheme",
            page=home,
            server=(address := world.page(secure=True)).replace("https", "http"),
            says=address,
        ),
        "hangs": case("no_answer", page=home, server=world.listen(bad_proxies.hang), slow=True),
        "floods": case("not_jupyter", page=home, server=world.listen(bad_proxies.flood), slow=True),
        "goes round": case("nothing_listens", page=home, server=world.listen(bad_proxies.go_round)),
        "not Jupyter": case("not_jupyter", page=home, server=world.page()),
        "no page": case("null_origin", page=home, server=asks.url, framed=True),
        "insecure page": case("insecure_page", page=world.page("site.test"), server=asks.url),
        "mixed content": case(
            "mixed_content", page=far["any"], server=f"http://jupyter.test:{asks.port}"
        ),
        "network granted": case(
            "origin_not_listed",
            severity="warning",
            page=far["yes"],
            server=asks.url,
            permission="granted",
        ),
        "network denied": case(
            "local_network_denied", page=far["no"], server=asks.url, permission="denied"
        ),
        "network not asked": case(
            "local_network_not_asked",
            page=far["later"],
            server=asks.url,
            permission="prompt",
            slow=True,
        ),
        "page's policy": case(
            "blocked_by_page",
            page=home,
            server=asks.url,
            policy="connect-src 'self'",
            says="# append to connect-src",
        ),
    }


def of_settings(world: World, home: str) -> dict[str, Case]:
    """What a server's owner has to do."""
    servers = {name: server.url for name, server in world.servers.items()}
    stranger = world.page("127.0.0.1")
    mine = {"page": home, "server": servers["lists"], "options": own_token(world, "lists")}
    without = {"page": home, "server": servers["without"]}
    elsewhere = {"server": servers["elsewhere"], "options": {"token": "x"}}
    return {
        "listed": case(**mine),
        "listed, by the modules that servers have": case(**mine, served=servers["asks"]),
        "listed, but for sockets of the page": case(
            "blocked_by_page", policy="connect-src http:", says="ws://", **mine
        ),
        "listed, by the policy that is advised": case(
            policy="connect-src 'self' {} {}".format(
                servers["lists"][:-1], servers["lists"][:-1].replace("http", "ws")
            ),
            **mine,
        ),
        "not connected yet": case(
            "origin_not_listed",
            severity="warning",
            page=home,
            server=servers["asks"],
            says='"listed"',
        ),
        "cannot ask": case(
            "origin_not_listed",
            "connect_off",
            page=stranger,
            server=servers["lists"],
            says=f"jupyter escherpad allow {stranger}",
        ),
        "broken settings": case("settings_invalid", page=home, server=servers["broken"]),
        "without the extension": case("extension_missing", **without),
        "without, and another path": case(
            "extension_missing", page=home, server=f"{servers['without']}lab/tree"
        ),
        "without, and pictures blocked": case(
            "extension_missing", policy="img-src 'self'", says="cannot see", **without
        ),
        "as people type it": case(
            "wrong_base_url",
            page=home,
            server=f"{servers['asks']}lab".removeprefix("http://"),
            says=servers["asks"][:-1],
        ),
        "another path": case(
            "wrong_base_url",
            page=home,
            server=f"{servers['asks']}lab/tree?token=x#y",
            says=servers["asks"][:-1],
        ),
        "another path, listed": case(
            "wrong_base_url",
            page=home,
            server=f"{servers['lists']}lab",
            says=servers["lists"][:-1],
        ),
        "elsewhere, not listed": case(
            "public_url_wrong",
            "origin_not_listed",
            page=stranger,
            says=f'c.EscherpadExt.public_url = "{servers["elsewhere"][:-1]}"',
            **elsewhere,
        ),
        "elsewhere, open to all": case(
            "public_url_wrong", "authentication_off", page=home, **elsewhere
        ),
    }


def own_token(world: World, name: str) -> dict[str, str]:
    return {"token": world.servers[name].token}


def of_tokens(world: World, home: str) -> dict[str, Case]:
    """What is wrong with a token. A connected site has a valid one."""
    server = {"server": world.servers["asks"].url}
    site = world.page("127.0.0.1")
    _, good = world.give(site)
    _, view = world.give(site, "view")
    _, little = world.give(site, "terminal")
    _, old = world.give(site, seconds=-60)
    _, stale = world.give(home, seconds=-60)
    _, commanded = world.give(home, via="command")
    gone, revoked = world.give(site)
    world.revoke(gone)
    here = {"page": site, **server}
    return {
        "connected": case(options={"token": good, "scope": "run"}, **here),
        "connected, to view": case(options={"token": view, "scope": "view"}, **here),
        "no token": case("no_token", options={"token": ""}, **here),
        "no token, nor a way to one": case(
            "no_token",
            page=home,
            server=world.servers["lists"].url,
            says=f"token create --origin {home} --scope run",
        ),
        "wrong": case("unknown_token", options={"token": "wrong"}, **here),
        "damaged": case("unknown_token", options={"token": good[:-9] + "AAAAAAAAA"}, **here),
        "expired": case("expired", options={"token": old}, **here),
        "expired, and out": case(
            "expired", page=home, options={"token": stale}, says="await connect", **server
        ),
        "revoked": case("revoked", options={"token": revoked}, **here),
        "another page's": case("wrong_origin", options={"token": commanded}, **here),
        "too little": case("scope_missing", options={"token": view, "scope": "run"}, **here),
        "too little for anything": case("scope_missing", options={"token": little}, **here),
        "by command": case("origin_not_listed", page=home, options={"token": commanded}, **server),
    }


def of_proxies(world: World) -> dict[str, Case]:
    """What is in the way between the two."""
    page = world.page("127.0.0.1")
    _, token = world.give(page)
    here = {"page": page, "options": {"token": token}}
    proxy = {name: world.proxy(bad_proxies.without(name)) for name in ("Upgrade", "Authorization")}
    warns = world.proxy(bad_proxies.without_browsers)
    skip = {"ngrok-skip-browser-warning": "1"}
    return {
        "warned": case(
            "browser_answered_differently", server=warns, says="ngrok-skip-browser-warning", **here
        ),
        "not warned": case(server=warns, page=page, options={"token": token, "headers": skip}),
        "proxied": case(server=world.proxy(bad_proxies.unchanged), **here),
        "sockets blocked": case("sockets_blocked", server=proxy["Upgrade"], **here),
        "token taken off": case("authorization_stripped", server=proxy["Authorization"], **here),
        "preflights taken out": case(
            "preflight_intercepted", server=world.proxy(bad_proxies.without_preflights), **here
        ),
        "encryption added": case(
            "public_url_missing",
            server=(url := world.proxy(bad_proxies.unchanged, world.tls)),
            says=f'c.EscherpadExt.public_url = "{url[:-1]}"',
            **here,
        ),
    }


def test_the_page_is_told_the_cause(
    node: str,
    browser: Browser,
    cases: Callable[[str], dict[str, Case]],
    tmp_path: Path,
) -> None:
    """In every set-up the first finding is the cause; where all is well there is none.

    No page waits longer than ten seconds, whatever the server does.
    """
    expected = cases(browser.name)
    acts = [{"name": name, **case.act} for name, case in expected.items()]
    run = drive(node, browser, tmp_path, acts, program="diagnose.mjs")
    found = {step.name: json.loads(step.detail) for step in run.steps}
    assert found.keys() == expected.keys()
    wrong = {name: found[name] for name, case in expected.items() if not fits(found[name], case)}
    assert wrong == {}, run.report([step for step in run.steps if step.name in wrong])
    late = [step for step in run.steps if step.seconds > MAX_SECONDS]
    assert late == []


def fits(found: Any, case: Case) -> bool:
    if not isinstance(found, list) or [each["code"] for each in found] != list(case.codes):
        return False
    said = found and "\n".join((found[0]["why"], found[0]["fix"]))
    complete = all(each["what"] and each["why"] and each["fix"] for each in found)
    return complete and (not found or (case.says in said and found[0]["severity"] == case.severity))


def test_pages_and_the_command_speak_the_same_codes(node: str) -> None:
    """Those of the one table that a page can tell, in the same words; and each is told."""
    program = f"""
        import {{ FINDINGS }} from "{(LIBRARY / "findings.js").as_uri()}";
        console.log(JSON.stringify(Object.entries(FINDINGS).map(([code, [what]]) => [code, what])));
    """
    command = [node, "--no-warnings", "--input-type=module", "--eval", program]
    done = subprocess.run(command, capture_output=True, check=True, timeout=30)
    spoken = dict(json.loads(done.stdout))
    assert spoken == {c: kind.what for c, kind in FINDINGS.items() if kind.seen_by != "check"}
    text = "".join((LIBRARY / name).read_text() for name in ("diagnose.js", "probe.js", "reach.js"))
    told = set(re.findall(r'"(\w+)"', text))
    assert spoken.keys() - set(REASONS) <= told  # those come from the server, as they are

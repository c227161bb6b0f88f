"""The owner's pages answer a person in front of them, however much the settings were loosened."""

from __future__ import annotations

import json

import pytest
from support.connect.browser_user import NAVIGATION, Person, answer_of, place_of, preset_fields
from support.connect.device_program import Program, type_code
from support.connect.hostile_requests import is_refused, set_clock, submit, yes
from support.constants import TOKEN

from escherpad_ext.connect.arrivals import PAGE_POLICY, REDIRECT_POLICY

CSP = "default-src *; script-src * 'unsafe-inline' 'unsafe-eval'; frame-ancestors *"
LOOSENED = {
    "ServerApp": {
        "disable_check_xsrf": True,
        "allow_origin": "*",
        "tornado_settings": {
            "headers": {
                "Content-Security-Policy": CSP,
                "X-Frame-Options": "ALLOWALL",
                "Cross-Origin-Opener-Policy": "unsafe-none",
                "Referrer-Policy": "unsafe-url",
                "Cache-Control": "public, max-age=9999",
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Credentials": "true",
            }
        },
    },
}


@pytest.fixture(params=[{"ServerApp": {"disable_check_xsrf": True}}, LOOSENED], ids=["xsrf", "all"])
def server_config(request):
    return request.param


def is_protected(response, form_target="", opener=PAGE_POLICY, *, fetches=False):
    """Assert every header of the pages: nothing frames, scripts, stores or reads them.

    One of them fetches what is new, from this server alone.
    """
    headers = response.headers
    own = "connect-src 'self'; " if fetches else ""
    policy = (
        f"{own}default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"base-uri 'none'; frame-ancestors 'none'; form-action 'self'{form_target}"
    )
    assert headers.get_list("Content-Security-Policy") == [policy]
    assert headers.get_list("X-Frame-Options") == ["DENY"]
    assert headers.get_list("Cross-Origin-Opener-Policy") == [opener]
    assert headers.get_list("Cross-Origin-Resource-Policy") == ["same-origin"]
    assert headers.get_list("Referrer-Policy") == ["same-origin"]
    assert headers.get_list("Cache-Control") == ["no-store"]
    assert headers.get_list("X-Content-Type-Options") == ["nosniff"]
    assert not [name for name in headers if name.startswith("Access-Control-")]
    return response


DEVICE = "escherpad/device"


async def test_every_answer_protects_itself(call, jp_serverapp, owner, site):
    """Pages, problems, redirects and refusals carry the same headers, whatever settings say."""
    ask = f"escherpad/authorize?{site.question()}"
    parked = is_protected(await owner.open(ask), opener=REDIRECT_POLICY)
    page = is_protected(await owner.open(place_of(parked)), f" {site.origin}")
    assert "Referrer-Policy" in page.headers
    is_protected(await submit(owner, "escherpad/authorize", {**yes(page), "scope": []}))
    page = await owner.ask(site.question())
    assert is_protected(await submit(owner, "escherpad/authorize", yes(page))).code == 303
    is_protected(await submit(owner, "escherpad/authorize", yes(page)))
    is_protected(await owner.open("escherpad/authorize"))
    is_protected(await owner.open("escherpad/authorize?ask=unknown"))
    is_protected(await owner.open(ask, {}))
    is_protected(await owner.open(ask, {**NAVIGATION, "Sec-Fetch-Dest": "iframe"}))
    is_protected(await owner.open("escherpad/"), opener=REDIRECT_POLICY)
    connections = is_protected(await owner.open_page("escherpad/"), fetches=True)
    fields = {**preset_fields(connections), "disconnect": "all", "sure": "yes"}
    is_protected(await submit(owner, "escherpad/", fields), opener=REDIRECT_POLICY)
    is_protected(await submit(owner, "escherpad/", fields))
    for method in ("PUT", "DELETE", "OPTIONS", "HEAD"):
        is_protected(await owner.send(method, "escherpad/authorize", NAVIGATION, None))
    for code in ("BBBB-BBBB", await code_of_program(call)):
        entry = is_protected(await owner.open_page(DEVICE))
        fields = {**preset_fields(entry), "code": code}
        found = is_protected(await submit(owner, DEVICE, fields))
        is_protected(await submit(owner, DEVICE, {**preset_fields(found), "decision": "deny"}))
    stranger = Person(call, jp_serverapp)
    before = is_protected(await stranger.open(ask), opener=REDIRECT_POLICY)
    assert is_protected(await stranger.open(place_of(before))).code == 200
    for path in ("escherpad/", "escherpad/authorize?ask=x", DEVICE):
        is_protected(await stranger.open(path))


OPENED = {
    "by fetch": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    "by fetch, same-origin": {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"},
    "by fetch, no-cors": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
    "in an iframe": {"Sec-Fetch-Dest": "iframe"},
    "in a frame": {"Sec-Fetch-Dest": "frame"},
    "in a fenced frame": {"Sec-Fetch-Dest": "fencedframe"},
    "by object": {"Sec-Fetch-Dest": "object"},
    "by embed": {"Sec-Fetch-Dest": "embed"},
    "by a worker": {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "serviceworker"},
    "as a script": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    "as an image": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "as a socket": {"Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "websocket"},
    "not navigated": {"Sec-Fetch-Mode": "same-origin"},
    "twice said": {"Sec-Fetch-Dest": "document, iframe"},
}


async def test_opens_by_itself_only(owner, site):
    """A notebook's JavaScript, on the server's own origin and with its cookies, reads no nonce."""
    for path in (f"escherpad/authorize?{site.question()}", "escherpad/", DEVICE):
        for how, fetched in OPENED.items():
            for place in ("same-origin", "same-site", "cross-site", "none"):
                headers = {**NAVIGATION, **fetched, "Sec-Fetch-Site": place}
                answer = await owner.open(path, headers)
                assert is_refused(answer), (how, place)
                assert b"nonce" not in answer.body
        for site_header in ("same-origin", "cross-site", "none"):
            answer = await owner.open(path, {**NAVIGATION, "Sec-Fetch-Site": site_header})
            assert answer.code in {200, 303}
        without = {n: v for n, v in NAVIGATION.items() if n != "Sec-Fetch-Mode"}
        assert is_refused(await owner.open(path, without))
        assert is_refused(await owner.open(path, {}))


CLICKED = {
    "cross-site": {"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"},
    "cross-site, said to be at home": {"Origin": "https://evil.example"},
    "from another port": {"Sec_Fetch_Site": "same-site", "Origin": "http://127.0.0.1:9"},
    "from another port, unsaid": {"Origin": "http://127.0.0.1:9"},
    "same-site": {"Sec_Fetch_Site": "same-site"},
    "from nowhere": {"Sec_Fetch_Site": "none"},
    "from a sandbox": {"Origin": "null"},
    "from a sandbox, cross-site": {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
    "by fetch": {"Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
    "by fetch, no-cors": {"Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "empty"},
    "by fetch, same-origin": {"Sec_Fetch_Mode": "same-origin", "Sec_Fetch_Dest": "empty"},
    "in an iframe": {"Sec_Fetch_Dest": "iframe"},
    "not navigated": {"Sec_Fetch_Mode": "same-origin"},
    "by a script": {"Sec_Fetch_User": "?0"},
    "twice said": {"Sec_Fetch_Site": "same-origin, cross-site"},
}
LEFT_OUT = [
    ("Origin",),
    ("Sec-Fetch-User",),
    ("Sec-Fetch-Site",),
    ("Sec-Fetch-Dest",),
    ("Sec-Fetch-Mode",),
    ("Sec-Fetch-User", "Sec-Fetch-Site", "Sec-Fetch-Dest", "Sec-Fetch-Mode"),
    ("Origin", "Sec-Fetch-User", "Sec-Fetch-Site", "Sec-Fetch-Dest", "Sec-Fetch-Mode"),
]


async def test_a_click_on_the_page_itself(call, owner, site):
    """Even whoever knows the nonce and the cookies cannot click in the owner's place.

    What protects is what browsers say of a request, not the XSRF check, which is off here.
    """
    page = await owner.ask(site.question())
    connections = await owner.open_page("escherpad/")
    disconnect = {**preset_fields(connections), "disconnect": "all", "sure": "yes"}
    code = await code_of_program(call)
    entry = {**preset_fields(await owner.open_page(DEVICE)), "code": code}
    device = yes(await type_code(owner, code))
    token = await site.connect(owner)
    clicks = (
        *(("escherpad/authorize", yes(page)), ("escherpad/", disconnect)),
        *((DEVICE, entry), (DEVICE, device)),
    )
    for path, fields in clicks:
        for how, headers in CLICKED.items():
            assert is_refused(await submit(owner, path, fields, **headers)), how
        for left_out in LEFT_OUT:
            assert is_refused(await submit(owner, path, fields, left_out)), left_out
        in_url = await submit(owner, f"{path}?nonce={fields['nonce']}", {"decision": "allow"})
        assert is_refused(in_url)
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200
    # None of that used the pages up: the person in front of them still can.
    assert "code" in answer_of(await submit(owner, "escherpad/authorize", yes(page)))
    assert (await submit(owner, "escherpad/", disconnect)).code == 303
    assert b"Does your own program" in (await submit(owner, DEVICE, entry)).body
    assert b"is connected" in (await submit(owner, DEVICE, device)).body


async def code_of_program(call):
    """Return the code of a program that waits."""
    program = Program(call)
    await program.start()
    return program.codes["user_code"]


SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605"
CHROME = "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"


async def test_safari_does_not_say_that_it_was_a_click(owner, site):
    """It is let off that one header, and of what it does send nothing may be wrong."""
    page = await owner.ask(site.question())
    for browser, left_out in ((CHROME, ("Sec-Fetch-User",)), (SAFARI, ("Sec-Fetch-Site",))):
        fields = {**yes(page), "scope": ["view"]}
        refused = await submit(
            owner, "escherpad/authorize", fields, left_out, **{"User-Agent": browser}
        )
        assert is_refused(refused), browser
    answer = await submit(
        owner, "escherpad/authorize", yes(page), ("Sec-Fetch-User",), **{"User-Agent": SAFARI}
    )
    assert "code" in answer_of(answer)


async def test_every_page_opens_through_a_redirect(owner, site):
    """Which has another policy than the page, so that every opener differs from one of them."""
    for path in (
        f"escherpad/authorize?{site.question()}",
        "escherpad/",
        "escherpad/?disconnected",
        DEVICE,
    ):
        answer = is_protected(await owner.open(path), opener=REDIRECT_POLICY)
        assert answer.code == 303
        address = place_of(answer)
        target = f" {site.origin}" if "authorize" in address else ""
        fetches = path.partition("?")[0] == "escherpad/"
        assert is_protected(await owner.open(address), target, fetches=fetches).code == 200
        again = is_protected(await owner.open(address), opener=REDIRECT_POLICY)
        assert (again.code, place_of(again) == address) == (303, False), "it is good once"
        assert (await owner.open(place_of(again).replace("?", "?x&", 1))).code != 200


async def test_no_service_worker_gets_a_page(owner, site):
    """Navigation preload asks in the name of the person, and hands the answer to a script."""
    preload = {**NAVIGATION, "Service-Worker-Navigation-Preload": "true"}
    for path in (f"escherpad/authorize?{site.question()}", "escherpad/", DEVICE):
        assert is_refused(await owner.open(path, preload))
        address = place_of(await owner.open(path))
        assert is_refused(await owner.open(address, preload))
        assert (await owner.open(address)).code == 200, "a refused request uses up nothing"


async def test_a_nonce_is_good_once(jp_serverapp, call, owner, site):
    """For one person, on one page, for ten minutes, and for one click, whatever it said."""
    clock = set_clock(jp_serverapp)
    used = yes(await owner.ask(site.question()))
    assert (await submit(owner, "escherpad/authorize", used)).code == 303
    denied = yes(await owner.ask(site.question()))
    assert (await submit(owner, "escherpad/authorize", {**denied, "decision": ""})).code == 303
    wrong = yes(await owner.ask(site.question()))
    assert (await submit(owner, "escherpad/authorize", {**wrong, "scope": "full"})).code == 400
    late = yes(await owner.ask(site.question()))
    clock.ahead = 600
    other_kind = preset_fields(await owner.open_page("escherpad/"))["nonce"]
    colleague = Person(call, jp_serverapp)
    await colleague.log_in()
    other_user = yes(await colleague.ask(site.question()))["nonce"]
    current = yes(await owner.ask(site.question()))
    huge = "x" * 1_000_000
    for nonce in ("", " ", "x", huge, other_kind, other_user, late["nonce"], wrong["nonce"]):
        answer = await submit(owner, "escherpad/authorize", {**current, "nonce": nonce})
        assert is_refused(answer), nonce[:20]
    for spent in (used, denied, wrong, late):
        assert is_refused(await submit(owner, "escherpad/authorize", spent))
    # The page of connected apps takes none of the other page's, either.
    for nonce in (current["nonce"], other_kind, other_user):
        fields = {**current, "nonce": nonce, "disconnect": "all", "sure": "yes"}
        assert is_refused(await submit(owner, "escherpad/", fields))
    other_user = preset_fields(await colleague.open_page("escherpad/"))["nonce"]
    fields = {**current, "nonce": other_user, "disconnect": "all", "sure": "yes"}
    assert is_refused(await submit(owner, "escherpad/", fields))


async def test_at_its_own_address_only(call, jp_serverapp, owner, site):
    """No other name leads here (DNS rebinding); a proxy's own password is neither help nor harm."""
    for path in (f"escherpad/authorize?{site.question()}", "escherpad/", DEVICE):
        for host in ("evil.example", f"evil.example:{owner.origin.rpartition(':')[2]}", "[", ""):
            assert is_refused(await owner.open(path, {**NAVIGATION, "Host": host})), host
        basic = {**NAVIGATION, "Authorization": "Basic YW5hOnNlY3JldA=="}
        assert (await owner.open(path, basic)).code in {200, 303}
        stranger = Person(call, jp_serverapp)
        assert "login" in (await stranger.open("escherpad/", basic)).headers["Location"]


async def test_bytes_that_are_no_text(owner, site):
    page = await owner.ask(site.question())
    for body in (b"nonce=%ff%fe", b"nonce=\xff", b"\x00", b"nonce", b"&&&", b"%"):
        headers = {**NAVIGATION, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-User": "?1"}
        headers |= {"Origin": owner.origin, "Content-Type": "application/x-www-form-urlencoded"}
        assert is_refused(await owner.send("POST", "escherpad/authorize", headers, body)), body
    assert (await submit(owner, "escherpad/authorize", yes(page))).code == 303


async def test_no_token_is_a_person(call, owner, site):
    """The server's own token opens, approves, lists and disconnects nothing; nor does a full one.

    Wherever it is shown: header, URL, form, subprotocol; also beside a good cookie and nonce.
    """
    full = await site.connect(owner, "full")
    page = await owner.ask(site.question("full"))
    connections = await owner.open_page("escherpad/")
    forms = {
        "escherpad/authorize": yes(page),
        "escherpad/": {**preset_fields(connections), "disconnect": "all", "sure": "yes"},
    }
    for token in (TOKEN, full, "unknown"):
        for path, form in forms.items():
            ask = f"{path}?{site.question()}" if "authorize" in path else f"{path}?"
            protocol = f"v1.token.websocket.jupyter.org.{token}"
            for scheme in ("Bearer", "token"):
                headers = {**NAVIGATION, "Authorization": f"{scheme} {token}"}
                assert is_refused(await owner.open(ask, headers))
                assert is_refused(
                    await submit(owner, path, form, Authorization=f"{scheme} {token}")
                )
                for origin in (site.origin, "https://evil.example", None):
                    assert is_refused(await call("GET", ask, origin=origin, headers=headers))
            assert is_refused(await owner.open(f"{ask}&token={token}"))
            assert is_refused(await submit(owner, f"{path}?token={token}", form))
            assert is_refused(await submit(owner, path, {**form, "token": token}))
            if token == full:  # the server's own counts nowhere as a subprotocol, without an Origin
                headers = {**NAVIGATION, "Sec-WebSocket-Protocol": protocol}
                assert is_refused(await owner.open(ask, headers))
    grant = await call("GET", "escherpad/grant", origin=site.origin, token=full)
    assert json.loads(grant.body)["scope"] == "full"
    assert (await submit(owner, "escherpad/authorize", forms["escherpad/authorize"])).code == 303

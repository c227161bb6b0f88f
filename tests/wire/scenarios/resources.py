"""What each kind of token reaches: every resource of the server, with every method."""

from __future__ import annotations

from ..steps import JSON, LISTED, Header, Request, Scenario, Step, bearer, origin

_SITE = origin(LISTED)
_FILE = '{"type": "file", "format": "text", "content": "x"}'
#: What is asked with the token of each bundle.
ADDRESSES = {
    "version": "/api",
    "status": "/api/status",
    "me": "/api/me?permissions=%7B%22contents%22%3A%5B%22read%22%2C%22write%22%5D%7D",
    "folder": "/api/contents/folder",
    "file": "/api/contents/hello.txt",
    "checkpoints": "/api/contents/hello.txt/checkpoints",
    "download": "/files/hello.txt",
    "kernels": "/api/kernels",
    "kernelspecs": "/api/kernelspecs",
    "sessions": "/api/sessions",
    "terminals": "/api/terminals",
    "config": "/api/config/notebook",
    "converted": "/nbconvert/html/nowhere.ipynb",
    "metrics": "/metrics?x",
    "nowhere": "/nowhere",
    "shutdown": "/api/shutdown",
    "schema": "/api/spec.yaml",
    "logout": "/logout",
    "start page": "/",
}


def _reached(token: str) -> tuple[Request, ...]:
    return tuple(
        Request(name, target, headers=(_SITE, bearer(token))) for name, target in ADDRESSES.items()
    )


def _change(
    name: str, method: str, target: str, token: str, body: str | None = None, *more: Header
) -> Request:
    return Request(name, target, method, (_SITE, bearer(token), *more), body)


def _changes(token: str) -> tuple[Step, ...]:
    """Return changes of files that leave everything as it was."""
    return (
        _change("new", "PUT", f"/api/contents/{token}.txt", token, _FILE, JSON),
        _change("save", "PUT", f"/api/contents/{token}.txt", token, _FILE, JSON),
        _change(
            "rename",
            "PATCH",
            f"/api/contents/{token}.txt",
            token,
            f'{{"path": "{token}-2.txt"}}',
            JSON,
        ),
        _change("checkpoint", "POST", f"/api/contents/{token}-2.txt/checkpoints", token, "", JSON),
        _change("delete", "DELETE", f"/api/contents/{token}-2.txt", token),
        _change("delete again", "DELETE", f"/api/contents/{token}-2.txt", token),
        _change("no JSON", "PUT", f"/api/contents/{token}.txt", token, "{", JSON),
        _change("hidden", "PUT", "/api/contents/.hidden", token, _FILE, JSON),
        _change(
            "upload by POST", "POST", "/api/contents/folder", token, '{"copy_from": "none"}', JSON
        ),
        _change("settings", "PUT", "/api/config/wire", token, "{}", JSON),
        _change("me", "PATCH", "/api/me", token, "{}", JSON),
        _change("an event", "POST", "/api/events", token, "{}", JSON),
        _change("shutdown", "POST", "/api/shutdown", token),
        _change("unknown method", "PROPFIND", "/api/contents", token),
    )


_HEADS = tuple(
    Request(f"HEAD {name}", target, "HEAD", (_SITE, bearer("full")))
    for name, target in ADDRESSES.items()
    if name in {"version", "status", "file", "download", "kernels", "nowhere"}
)
_WITHOUT_LOGIN = tuple(
    Request(f"{method} {target}", target, method, (_SITE,))
    for method, target in (
        ("HEAD", "/api"),
        ("HEAD", "/api/status"),
        ("HEAD", "/static/favicon.ico"),
        ("GET", "/static/nowhere.js"),
        ("POST", "/api"),
        ("GET", "/robots.txt"),
        ("GET", "/metrics"),
        ("GET", "/nowhere"),
        ("GET", "/files/hello.txt"),
        ("GET", "/"),
        ("GET", "/api/contents"),
        ("POST", "/api/kernels"),
        ("DELETE", "/api/contents/hello.txt"),
    )
)


def _kernel(token: str) -> tuple[Step, ...]:
    body = '{"name": "wire"}'
    kernel = "/api/kernels/${kernel}"
    return (
        Request(
            "start",
            "/api/kernels",
            "POST",
            (_SITE, bearer(token), JSON),
            body,
            capture={"kernel": r'"id": "([0-9a-f-]+)"'},
        ),
        Request("list", "/api/kernels", headers=(_SITE, bearer(token))),
        Request("seen by view", kernel, headers=(_SITE, bearer("view"))),
        _change("interrupted by view", "POST", f"{kernel}/interrupt", "view"),
        _change("stopped by edit", "DELETE", kernel, "edit"),
        _change("interrupt", "POST", f"{kernel}/interrupt", token),
        _change("stop", "DELETE", kernel, token),
        _change("stop again", "DELETE", kernel, token),
        _change("started by view", "POST", "/api/kernels", "view", body, JSON),
        _change("started by edit", "POST", "/api/kernels", "edit", body, JSON),
        _change("unknown kernel", "POST", "/api/kernels", token, '{"name": "nothing"}', JSON),
        _change("session by edit", "POST", "/api/sessions", "edit", "{}", JSON),
        _change("malformed session", "POST", "/api/sessions", token, "{}", JSON),
    )


_TERMINALS = (
    _change("by run", "POST", "/api/terminals", "run"),
    Request(
        "open",
        "/api/terminals",
        "POST",
        (_SITE, bearer("terminal")),
        capture={"terminal": r'"name": "(\w+)"'},
    ),
    Request("seen by view", "/api/terminals/${terminal}", headers=(_SITE, bearer("view"))),
    _change("closed by run", "DELETE", "/api/terminals/${terminal}", "run"),
    _change("close", "DELETE", "/api/terminals/${terminal}", "terminal"),
)
_FILES = tuple(
    Request(name, target, headers=(_SITE, bearer("view"), *more))
    for name, target, more in (
        ("download", "/files/hello.txt?download=1", ()),
        ("page", "/files/page.html", ()),
        ("notebook", "/files/notebook.ipynb", ()),
        ("missing", "/files/nowhere.txt", ()),
        ("hidden", "/files/.hidden", ()),
        ("outside", "/files/../../etc/passwd", ()),
        ("encoded outside", "/files/%2e%2e/%2e%2e/etc/passwd", ()),
        ("part", "/files/hello.txt", (("Range", "bytes=0-1"),)),
        (
            "not changed",
            "/static/favicon.ico",
            (("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),),
        ),
        ("notebook by contents", "/api/contents/notebook.ipynb", ()),
        ("without content", "/api/contents/hello.txt?content=0", ()),
        ("wrong type", "/api/contents/hello.txt?type=directory", ()),
        ("missing by contents", "/api/contents/nowhere.txt", ()),
    )
)

SCENARIOS = (
    *(
        Scenario(f"reached with {token}", "listed", _reached(token))
        for token in ("server", "view", "run", "full", "single")
    ),
    *(
        Scenario(f"changes with {token}", "listed", _changes(token))
        for token in ("view", "edit", "full")
    ),
    Scenario("heads", "listed", _HEADS),
    Scenario("without a login", "listed", _WITHOUT_LOGIN),
    Scenario("kernels", "listed", _kernel("run")),
    Scenario("terminals", "listed", _TERMINALS),
    Scenario("files", "listed", _FILES),
)

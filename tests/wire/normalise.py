"""What differs from run to run, or is wording: replaced by a name in angle brackets.

All else stays as it came, byte for byte.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from .html import outline
from .wire import Answer

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
_STRING = r'"(?:[^"\\]|\\.)*"'
#: Members of JSON that are sentences for people.
_SENTENCES = "message|error_description|traceback|what"
#: Members of JSON that are moments, states that change by themselves, or chosen at random.
_VARYING = "created|expires_at|last_activity|last_modified|started|execution_state|hash|version"
#: What a server that names nobody makes up for its user.
_INVENTED = "name|display_name|initials"
_ANYWHERE = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "<token>"),
    (re.compile(_TIME), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r"\bescherpad-[0-9a-f]{10}-[0-9a-f]{16}\b"), "<key>"),
    (re.compile(r"(?<=[?&]v=)[0-9a-f]{20,}"), "<version>"),
    (re.compile(r"(?<=[?&]ask=)[\w-]{32}"), "<random>"),
    (re.compile(r"(?<=[?&]arrival=)[\w-]{20,}"), "<random>"),
    (re.compile(r"(?<=%3Fask%3D)[\w-]{32}"), "<random>"),
    (re.compile(r"(?<=[?&]code=)[\w-]{30}"), "<random>"),
    (re.compile(r"(?<=[?&]error_description=)[^&\s]+"), "<text>"),
    (re.compile(r'(?<=error_description=")[^"]*'), "<text>"),
)
_IN_JSON = (
    (re.compile(rf'("(?:{_SENTENCES})":\s*){_STRING}'), r'\1"<text>"'),
    (re.compile(rf'("(?:{_VARYING})":\s*)(?:{_STRING}|[\d.]+)'), r'\1"<varies>"'),
)
_HEADERS = {
    "Server": (re.compile(r"(?<=^TornadoServer/).*"), "<version>"),
    "Date": (re.compile(r".*"), "<date>"),
    "Last-Modified": (re.compile(r".*"), "<date>"),
    "Etag": (re.compile(r'(?<=").*(?=")'), "<etag>"),
    "Content-Length": (re.compile(r".*"), "<length>"),
    # How long a file of ours is changes with its text.
    "Content-Range": (re.compile(r"(?<=/)\d{3,}$"), "<length>"),
}
_COOKIE = re.compile(r"^([^=]+)=([^;]*)")
_COOKIE_EXPIRES = re.compile(r"(?<=expires=)[^;]*")
_NOTICED = re.compile(r'(grants_total\{change="(?:created|revoked)"\}) .*')
#: What is recorded of a body by its type; ``None`` is nothing but that there is one.
_TEXTS = ("application/json", "text/plain", "text/html")


def normalise(answer: Answer, local: Mapping[str, str]) -> dict[str, Any]:
    """Return what is recorded of an answer; ``local`` names texts of this run."""
    found: dict[str, Any] = {
        "status": _status(answer.status_line),
        "headers": [
            f"{name}: {_anywhere(_header(name, value), local)}" for name, value in answer.headers
        ],
    }
    if answer.body:
        found["body"] = _body(answer, local)
    return found


def _status(line: str) -> str:
    """Leave out the words of a status that differ between versions of Python."""
    return line.split(" 413 ", maxsplit=1)[0] + " 413" if " 413 " in line else line


def _header(name: str, value: str) -> str:
    if name == "Set-Cookie":
        return _COOKIE_EXPIRES.sub("<date>", _COOKIE.sub(_cookie, value))
    if name in _HEADERS:
        pattern, replacement = _HEADERS[name]
        return pattern.sub(replacement, value, count=1)
    return value


def _cookie(found: re.Match[str]) -> str:
    emptied = found[2] in {"", '""'}
    return f"{found[1]}={found[2] if emptied else '<random>'}"


def _anywhere(text: str, local: Mapping[str, str]) -> str:
    for found, name in local.items():
        text = text.replace(found, name)
    for pattern, replacement in _ANYWHERE:
        text = pattern.sub(replacement, text)
    return text


def _body(answer: Answer, local: Mapping[str, str]) -> Any:
    (kind,) = answer.values("Content-Type") or [""]
    kind = kind.partition(";")[0]
    if kind not in _TEXTS:
        return "<bytes>"
    text = answer.body.decode()
    if kind == "text/html":
        return [_anywhere(line, local) for line in outline(text)]
    if "\n# TYPE " in text:
        return metrics(text)
    if kind == "application/json":
        text = _json(text)
    return _anywhere(text, local).splitlines() if "\n" in text.strip() else _anywhere(text, local)


def _json(text: str) -> str:
    for pattern, replacement in _IN_JSON:
        text = pattern.sub(replacement, text)
    if re.search(r'"username":\s*"[0-9a-f]{32}"', text):
        text = re.sub(rf'("(?:{_INVENTED})":\s*){_STRING}', r'\1"<invented>"', text)
    return text


def metrics(text: str) -> list[str]:
    """Return the extension's lines of ``/metrics``, without help texts and times.

    The label's value for grant tokens was ``given_away`` once. The server notices some changes of
    grants in passing, and not those that were there when it first looked.
    """
    lines = [
        line.replace('token="given_away"', 'token="grant"')
        for line in text.splitlines()
        if line.startswith(("escherpad_ext_", "# TYPE escherpad_ext_"))
    ]
    return sorted(_NOTICED.sub(r"\1 <count>", line) for line in lines if "_created" not in line)


def claims(token: str) -> dict[str, Any]:
    """Return header and claims of a grant token; its times become its lifetime in seconds."""
    head, body, _signature = token.split(".")
    header, claim = (
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, body)
    )
    claim["lifetime"] = claim.pop("exp") - claim.pop("iat")
    claim["sub"] = "<owner>"
    text = _anywhere(json.dumps({"header": header, "claims": claim}), {})
    normalised: dict[str, Any] = json.loads(re.sub(r"(?<=/)[\w-]{43}", "<server>", text))
    return normalised

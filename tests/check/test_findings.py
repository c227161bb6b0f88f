"""The table of findings: complete, documented, and derived from what the server says."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import subprocess
from pathlib import Path

import pytest
from support.doc_pages import ROOT, code, table
from support.python_source import parse
from support.requirements import find_node

import escherpad_ext.check as package
from escherpad_ext.check import diagnosis, rules
from escherpad_ext.check.address import Address
from escherpad_ext.check.describe import meaning
from escherpad_ext.check.diagnosis import diagnose, diagnose_origin
from escherpad_ext.check.facts import Answer, Facts, NoResponse
from escherpad_ext.check.finding_of_refusal import OF_REFUSAL
from escherpad_ext.check.findings import FINDINGS, OLDEST_JUPYTER_SERVER, make_finding
from escherpad_ext.check.rules import reach, tokens
from escherpad_ext.policy.origin import Origin
from escherpad_ext.policy.refusal_table import REFUSALS

PAGE = ROOT / "docs" / "check.md"
PAGES_FINDINGS = ROOT / "js" / "src" / "findings.js"
SEERS = {"check": "`check`", "diagnose": "`diagnose`", "both": "both"}
SITE = "https://app.example.com"


def test_every_finding_is_documented() -> None:
    """docs/check.md has every code with what it means, how bad it is and who finds it; no other."""
    rows = table(PAGE, "| code | what is wrong | | found by |")
    documented = [(code(name), what, how_bad, seer) for name, what, how_bad, seer in rows]
    assert documented == [
        (name, kind.what, kind.severity, SEERS[kind.seen_by]) for name, kind in FINDINGS.items()
    ]


def test_every_finding_that_it_can_tell_is_told() -> None:
    """No row of the table is without a rule, and no rule without a row."""
    told = {name for file in Path(package.__file__).parent.rglob("*.py") for name in codes(file)}
    told |= {name for name in OF_REFUSAL.values() if name}
    assert told <= set(FINDINGS)
    assert {name for name, kind in FINDINGS.items() if kind.seen_by != "diagnose"} <= told


def test_every_rule_is_listed() -> None:
    """Each public function that takes facts and yields findings runs in ``diagnose``."""
    modules = [
        importlib.import_module(f"{rules.__name__}.{module.name}")
        for module in pkgutil.iter_modules(rules.__path__)
    ]
    wanted = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.get_annotations(function) == {"facts": "Facts", "return": "Iterator[Finding]"}
    }
    assert wanted == {reach.check_address, *diagnosis._FIRST, *diagnosis._REST}


def codes(file: Path) -> set[str]:
    """Return the codes in calls of ``make_finding``, and in names that are given to it."""
    tree = parse(file)
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    named = [n.args[0] for n in calls if getattr(n.func, "id", "") == "make_finding"]
    literal = {n.value for n in named if isinstance(n, ast.Constant)}
    assert literal <= set(FINDINGS), literal
    if file.name in {"findings.py", "finding_of_refusal.py"}:
        return set()
    return literal | ({s for s in strings if isinstance(s, str)} & set(FINDINGS))


def test_diagnose_speaks_the_same_codes() -> None:
    """What a page can tell it tells by the same codes, in the same words."""
    node = find_node()
    script = f"""
        import {{ FINDINGS }} from {json.dumps(PAGES_FINDINGS.as_uri())};
        const rows = Object.entries(FINDINGS).map(([code, [what]]) => [code, what]);
        console.log(JSON.stringify(Object.fromEntries(rows)));
    """
    ran = subprocess.run(
        [node, "--input-type=module", "--eval", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert json.loads(ran.stdout) == {
        name: kind.what for name, kind in FINDINGS.items() if kind.seen_by != "check"
    }


def test_every_refusal_has_its_finding() -> None:
    """The server and ``check`` cannot disagree."""
    assert set(OF_REFUSAL) == set(REFUSALS)
    assert {name for name in OF_REFUSAL.values() if name} <= set(FINDINGS)


@pytest.mark.parametrize("refusal", [pair for pair in REFUSALS if pair[0] == "invalid_token"])
def test_a_token_is_judged_by_the_refusal(refusal) -> None:
    """The finding is the one of the table, its reason the sentence of the refusal."""
    body = f'{{"error": "{refusal[0]}", "reason": "{refusal[1]}", "message": ""}}'.encode()
    facts = Facts(SITE, address(), {"token": Answer(401, (), body)})
    (finding,) = tokens.check_token(facts)
    assert finding.code == OF_REFUSAL[refusal]
    assert finding.why == REFUSALS[refusal].sentence


@pytest.mark.parametrize("error", ["invalid_token", "origin_refused", "missing_token", "odd"])
def test_a_refusal_of_another_version(error) -> None:
    """Reasons that nobody knows here are judged as far as they are known."""
    body = json.dumps({"error": error, "reason": "in_the_future" * 50, "message": ""}).encode()
    said = Answer(401, (), body)
    everything = dict.fromkeys(("simple", "error", "header", "token", "grant", "socket"), said)
    version = Answer(200, (), b'{"version": "2.21.1"}')
    facts = Facts(SITE, address(), {"plain": version, "stranger": said, **everything})
    findings = diagnose(facts)
    assert ("unknown_token" in [each.code for each in findings]) is (error == "invalid_token")
    assert "in_the_future" * 4 not in str(findings)


LONG = "9.9 " + "\n x" * 5000
MARK = Answer(302, (("Location", "/escherpad/"),))


@pytest.mark.parametrize(
    ("server", "outcomes"),
    [
        ("/", {"plain": Answer(200, (), json.dumps({"version": f"1.0{LONG}"}).encode())}),
        ("/", {"plain": Answer(401, (("WWW-Authenticate", "x" * 5000),))}),
        ("/", {"plain": NoResponse("untrusted", LONG)}),
        (
            "/",
            {
                "plain": Answer(200, (), json.dumps({"version": LONG}).encode()),
                "discovery": Answer(200, (), json.dumps({"issuer": f"http://{LONG}"}).encode()),
                "home": MARK,
            },
        ),
        (
            "/",
            {
                "plain": Answer(200, (), json.dumps({"version": LONG}).encode()),
                "home": Answer(302, (("Location", f"/{'x' * 5000}/escherpad/"),)),
            },
        ),
    ],
    ids=["old", "login", "certificate", "issuer", "path"],
)
def test_a_servers_words_are_cut(server, outcomes) -> None:
    """They explain, and never fill the report; on one line each."""
    facts = Facts(SITE, address(f"http://lab.localhost{server}"), outcomes)
    findings = diagnose(facts)
    assert findings
    assert all(len(each.why) < 500 and "\n" not in each.why for each in findings)
    said = [meaning(name, outcome, facts) for name, outcome in outcomes.items()]
    assert all(len(text) < 100 and "\n" not in text for text in said)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, (("WWW-Authenticate", "Basic"),)),
        Answer(302, (("Location", "https://login.example.edu/"),)),
        Answer(403, (), b'{"message": "Forbidden", "reason": null}'),
    ],
    ids=["login", "redirect", "host"],
)
def test_a_fix_that_lowers_a_guard_says_when(answer) -> None:
    """A login that is taken away may be the only one."""
    (finding,) = diagnose(Facts(SITE, address(), {"plain": answer}))
    assert finding.fix.startswith("# only if ")
    assert "password" in finding.fix.partition("\n")[0]


@pytest.mark.parametrize("host", ["a;touch$ifs.example", "a&calc.example", "a`id`.example"])
def test_no_command_names_an_origin_that_a_shell_would_read(host) -> None:
    """Browsers let these characters pass in hosts."""
    elsewhere = (address("https://localhost:8888/"),)
    facts = Facts(f"https://{host}", address(), {"plain": NoResponse("tls")}, elsewhere=elsewhere)
    findings = diagnose(facts)
    assert findings
    assert all(line.startswith("#") for each in findings for line in each.fix.split("\n"))


def address(text: str = "http://localhost:8888/") -> Address:
    return Address.parse(text)[0]


def test_the_oldest_version_is_that_of_the_package() -> None:
    """pyproject.toml promises the same."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"jupyter_server>={OLDEST_JUPYTER_SERVER},' in text


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("2.16.0", True),
        ("1.24.0", True),
        ("2.17.0", False),
        ("2.17", False),
        ("3.0.0.dev0", False),
        ("10.0", False),
        ("odd", False),
        ("", False),
    ],
)
def test_old_versions(version, old) -> None:
    """Compared number by number."""
    answer = Answer(200, (), f'{{"version": "{version}"}}'.encode())
    findings = diagnose(Facts(SITE, address(), {"plain": answer}))
    assert ("old_jupyter_server" in [finding.code for finding in findings]) is old


@pytest.mark.parametrize(
    ("origin", "server", "mixed"),
    [
        (SITE, "http://192.0.2.7:8888/", True),
        (SITE, "http://lab.example.edu/", True),
        (SITE, "https://lab.example.edu/", False),
        (SITE, "http://localhost:8888/", False),
        (SITE, "http://127.0.0.2:8888/", False),
        (SITE, "http://[::1]:8888/", False),
        ("http://localhost:3000", "http://lab.example.edu/", False),
    ],
)
def test_mixed_content(origin, server, mixed) -> None:
    """Only loopback is exempt (W3C Mixed Content, 4.4; Secure Contexts, 3.1)."""
    facts = Facts(origin, address(server), {"plain": Answer(200, (), b"")})
    found = [finding.code for finding in diagnose(facts)]
    assert ("mixed_content" in found) is mixed
    assert found[0] == "mixed_content" or not mixed


@pytest.mark.parametrize(
    "text",
    [f"{SITE}/", "https://*.example.com", "*", "APP.example.com", "", "x" * 999, "a\x1b[2Jb", "'"],
)
def test_what_is_no_origin_gets_no_command_that_is_none_either(text) -> None:
    """What it says to check instead is an origin."""
    finding = diagnose_origin(text)
    assert finding is not None
    assert finding.code == "malformed_origin"
    command = finding.fix.removeprefix("jupyter escherpad check ")
    assert finding.fix.startswith("#") or str(Origin.parse(command)) == command


def test_an_unknown_code_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        make_finding("no_such_code", "", "")

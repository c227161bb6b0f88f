"""Servers as people set them up by mistake: the cause is named, and its fix fixes it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pytest
from support.check.grants import SITE
from support.check.run_check import jupyter
from support.check.server_owner import OWN_TOKEN, START_SECONDS, be, write_json

from escherpad_ext.cli import main

SLASH = f"{SITE}/"


def test_a_healthy_server_is_found_and_nothing_is_said_against_it(healthy, diagnosis_of) -> None:
    """Without --server, ``check`` finds it by itself."""
    diagnosis = diagnosis_of(healthy)
    assert diagnosis.check(SITE) == (0, [])
    (server,) = diagnosis.report["servers"]
    assert server["address"] == healthy.url
    answered = {row["name"]: row["answered"] for row in server["asked"]}
    assert answered["socket"] == "101"
    assert answered["token"] == "200"


@pytest.mark.parametrize(
    "settings",
    [
        {"allowed_origins": ["*"]},
        {"allowed_origins": ["https://*.example.com:*"], "allow_credentials": True},
        {"allowed_origins": [SITE], "connect": "listed", "url_tokens": "always"},
        {"allowed_origins": [SITE], "connect": "off", "preflight_max_age_seconds": 0},
        {"allowed_origins": [SITE], "public_url": "https://jupyter.example.edu/user/ana"},
    ],
    ids=lambda settings: ",".join(f"{name}={value}" for name, value in settings.items()),
)
def test_whatever_is_allowed_is_healthy(make_owner, diagnosis_of, settings) -> None:
    """A choice of the owner's is no mistake."""
    assert diagnosis_of(make_owner(**settings).start()).check(SITE) == (0, [])


@pytest.mark.parametrize(
    "line",
    [
        f'c.ServerApp.allow_origin = "{SITE}"',
        'c.ServerApp.allow_origin = "*"',
        r'c.ServerApp.allow_origin_pat = r"https://.*\.example\.com"',
    ],
)
def test_legacy_settings_are_healthy(make_owner, diagnosis_of, line) -> None:
    """Core's own settings, which keep their meaning."""
    owner = make_owner()
    owner.write(line)
    assert diagnosis_of(owner.start()).check(SITE) == (0, [])


@pytest.mark.parametrize("text", [SLASH, "app.example.com", "HTTPS://App.example.com", f"{SITE}/x"])
def test_an_origin_that_is_none(healthy, diagnosis_of, text) -> None:
    """It is asked with the origin that was meant."""
    diagnosis_of(healthy).cures("malformed_origin", text, status=2)


def test_the_origin_of_a_file(healthy, diagnosis_of) -> None:
    """``null`` identifies no site."""
    diagnosis_of(healthy).expect("null_origin", "null", status=2)


# Not allowed


def test_not_listed(make_owner, diagnosis_of) -> None:
    """`allow`, and a restart."""
    diagnosis_of(make_owner(connect="off").start()).cures("origin_not_listed", SITE)


def test_not_listed_but_it_may_ask(make_owner, diagnosis_of) -> None:
    """Nothing is wrong before the site has asked; with a server that runs and without one."""
    owner = make_owner()
    diagnosis = diagnosis_of(owner)
    _, (_, before) = diagnosis.check(SITE)
    owner.start()
    found = diagnosis.expect("origin_not_listed", SITE, status=0)
    for each in (before, found):
        assert each["severity"] == "warning"
        assert "may ask for access" in each["why"]
        assert each["fix"].startswith("# connect on the site")
    assert before["fix"] == found["fix"]
    diagnosis.expect("origin_not_listed", SITE, "--token", OWN_TOKEN)  # an error: it has a token
    diagnosis.cures("origin_not_listed", SITE, status=0)


@pytest.mark.parametrize("origin", [f"{SITE}:8443", "https://www.app.example.com"])
def test_a_near_miss_is_told(healthy, diagnosis_of, origin) -> None:
    """Another port, or www., is another origin; the one that is allowed is named."""
    found = diagnosis_of(healthy).expect("origin_not_listed", origin, status=0)
    assert SITE in found["why"]


def test_http_instead_of_https(make_owner, diagnosis_of) -> None:
    """The fix is there for those who insist, beside the list that it depends on."""
    diagnosis = diagnosis_of(make_owner(allowed_origins=[SITE]).start())
    found = diagnosis.expect("insecure_origin", "http://app.example.com")
    assert SITE in found["why"]
    diagnosis.owner.write(f'c.EscherpadExt.allowed_origins = ["{SITE}"]')
    diagnosis.owner.restart()
    diagnosis.cures("insecure_origin", "http://app.example.com")


def test_not_listed_in_a_python_file(make_owner, diagnosis_of) -> None:
    """What wins is changed where it stands; `allow` would not help."""
    owner = make_owner()
    owner.write('c.EscherpadExt.allowed_origins = ["https://other.example.com"]')
    diagnosis_of(owner.start()).cures("origin_not_listed", SITE, status=0)


def test_not_listed_on_the_command_line(make_owner, diagnosis_of) -> None:
    """The same, where the system tells of other processes' arguments."""
    owner = make_owner()
    owner.arguments = ["--EscherpadExt.allowed_origins=['https://other.example.com']"]
    diagnosis_of(owner.start()).cures("origin_not_listed", SITE, status=0)


def test_legacy_settings_keep_their_meaning(make_owner, diagnosis_of) -> None:
    """The line lists whom they allow, too."""
    owner = make_owner()
    owner.write('c.ServerApp.allow_origin = "https://other.example.com"')
    diagnosis = diagnosis_of(owner.start())
    diagnosis.cures("origin_not_listed", SITE, status=0)
    assert diagnosis.check("https://other.example.com") == (0, [])


def test_connecting_switched_off(make_owner, diagnosis_of) -> None:
    """A warning beside the error, and none where the origin is listed."""
    diagnosis = diagnosis_of(make_owner(connect="off", allowed_origins=[SITE]).start())
    assert diagnosis.check(SITE) == (0, [])
    assert diagnosis.codes("https://other.example.com") == ["origin_not_listed", "connect_off"]


def test_only_listed_sites_may_connect(make_owner, diagnosis_of) -> None:
    """Likewise."""
    diagnosis = diagnosis_of(make_owner(connect="listed").start())
    assert diagnosis.codes(SITE) == ["origin_not_listed", "connect_not_listed"]


def test_a_restart_is_due(make_owner, diagnosis_of) -> None:
    """The files allow it, the server that runs has not read them."""
    diagnosis = diagnosis_of(make_owner().start())
    assert main(["allow", SITE]) == 0
    diagnosis.cures("restart_needed", SITE)


# Settings


@pytest.mark.parametrize(
    "settings",
    [
        {"allowed_origins": [SLASH]},
        {"allowed_origins": SITE},
        {"allowed_origins": [SITE, "https://*"], "url_tokens": "ever"},
        {"allowed_origins": [SITE], "preflight_max_age_seconds": -1, "allow_credentials": "yes"},
        {"allowed_origins": ["*"], "allow_credentials": True},
        {"allowed_origins": [SITE], "public_url": "jupyter.example.edu"},
    ],
    ids="+".join,
)
def test_settings_with_mistakes(make_owner, diagnosis_of, settings) -> None:
    """Every mistake is fixed at once, in the file that has it."""
    diagnosis_of(make_owner(**settings).start()).cures("settings_invalid", SITE)


def test_a_mistake_in_a_python_file(make_owner, diagnosis_of) -> None:
    """The line goes into that file."""
    owner = make_owner()
    owner.write(f'c.EscherpadExt.allowed_origins = ["{SLASH}"]')
    diagnosis_of(owner.start()).cures("settings_invalid", SITE)


def test_a_mistake_on_the_command_line(make_owner, diagnosis_of) -> None:
    """And where that cannot be seen, its log has it."""
    owner = make_owner(allowed_origins=[SITE])
    owner.arguments = ["--EscherpadExt.connect=maybe"]
    diagnosis_of(owner.start()).cures("settings_invalid", SITE)


def test_a_legacy_setting_that_matches_nothing(make_owner, diagnosis_of) -> None:
    """Core takes a trailing slash without a word."""
    owner = make_owner()
    owner.write(f'c.ServerApp.allow_origin = "{SLASH}"')
    diagnosis_of(owner.start()).cures("settings_invalid", SITE)


def test_a_file_with_an_error(make_owner, diagnosis_of) -> None:
    """Jupyter leaves the whole file out, and starts."""
    owner = make_owner()
    owner.write(f'c.EscherpadExt.allowed_origins = ["{SITE}"]', "c.Other.thing = oops")
    diagnosis = diagnosis_of(owner.start())
    found = diagnosis.expect("config_unread", SITE)
    assert "oops" in found["why"]
    assert str(owner.server_config) in found["fix"]


def test_a_file_that_jupyter_does_not_read(make_owner, diagnosis_of) -> None:
    """Such a folder only switches extensions on; the settings belong in a file beside it."""
    owner = make_owner()
    file = owner.server_config.parent / "jupyter_server_config.d" / "sites.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"EscherpadExt": {"allowed_origins": [SITE]}}))
    diagnosis = diagnosis_of(owner.start())
    found = diagnosis.expect("config_file_not_read", SITE)
    assert str(owner.server_config.with_suffix(".json")) in found["fix"]


def test_a_named_file_with_another_suffix(make_owner, diagnosis_of) -> None:
    """Jupyter reads the same name with another suffix, so the same command works after moving."""
    owner = make_owner()
    file = owner.folder / "own.config"
    file.write_text(f"c.EscherpadExt.allowed_origins = ['{SITE}']")
    owner.arguments = ["--config", str(file)]
    diagnosis = diagnosis_of(owner.start())
    found = diagnosis.expect("config_file_not_read", SITE)
    assert found["fix"].startswith(f"# move all settings from {file} to {file.with_suffix('.py')}")
    file.rename(file.with_suffix(".py"))
    owner.restart()
    assert diagnosis.check(SITE) == (0, [])


def test_authentication_off(make_owner, diagnosis_of) -> None:
    """No token can be right, so that one is made at each start."""
    owner = make_owner(allowed_origins=[SITE])
    owner.write('c.IdentityProvider.token = ""')
    diagnosis_of(owner.start()).cures("authentication_off", SITE)


def test_no_tokens_in_addresses(make_owner, diagnosis_of) -> None:
    """A warning: some clients know nothing better."""
    owner = make_owner(allowed_origins=[SITE], url_tokens="never")
    diagnosis_of(owner.start()).cures("url_tokens", SITE, status=0)


# The extension


def test_the_extension_disabled_by_its_command(make_owner, diagnosis_of) -> None:
    """The command that takes it back, where it counts."""
    owner = make_owner(allowed_origins=[SITE])
    diagnosis = diagnosis_of(owner)
    jupyter("server", "extension", "disable", "--user", "escherpad_ext")
    owner.start()
    diagnosis.cures("extension_missing", SITE)


def test_the_extension_disabled_in_a_file(make_owner, diagnosis_of) -> None:
    """The command would not help against that."""
    owner = make_owner(allowed_origins=[SITE])
    write_json(
        owner.config / "jupyter_server_config.json",
        {"ServerApp": {"jpserver_extensions": {"escherpad_ext": False}}},
    )
    diagnosis_of(owner.start()).cures("extension_missing", SITE)


def test_an_extension_of_another_environment(make_owner, diagnosis_of, monkeypatch) -> None:
    """Nothing is known of that server but its answers."""
    owner = make_owner(allowed_origins=[SITE])
    owner.write('c.ServerApp.jpserver_extensions = {"escherpad_ext": False}')
    diagnosis = diagnosis_of(owner.start())
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(owner.folder / "elsewhere"))
    found = diagnosis.expect("extension_missing", SITE, "--server", owner.url)
    assert "jupyter server extension enable escherpad_ext" in found["fix"]


# The address


def test_another_base_url(make_owner, diagnosis_of) -> None:
    """Found out by asking where the server redirects to, and who runs here."""
    owner = make_owner(allowed_origins=[SITE])
    owner.write('c.ServerApp.base_url = "/user/ana/"')
    diagnosis = diagnosis_of(owner.start())
    root = f"http://localhost:{owner.port}/"
    diagnosis.cures("wrong_base_url", SITE, "--server", root)
    diagnosis.cures("wrong_base_url", SITE, "--server", f"{root}user/ana/lab/tree/x.ipynb")
    assert diagnosis.check(SITE) == (0, [])


def test_the_address_of_a_page(healthy, diagnosis_of) -> None:
    """People paste what the browser shows."""
    diagnosis_of(healthy).cures("wrong_base_url", SITE, "--server", f"{healthy.url}lab")


@pytest.mark.parametrize(("listens", "asked"), [("::1", "127.0.0.1"), ("127.0.0.1", "[::1]")])
def test_the_other_loopback_address(make_owner, diagnosis_of, listens, asked) -> None:
    """IPv6 only, or IPv4 only."""
    if not has_ipv6():
        pytest.skip("This machine has no IPv6.")
    owner = make_owner(allowed_origins=[SITE])
    owner.write(f'c.ServerApp.ip = "{listens}"')
    diagnosis = diagnosis_of(owner.start())
    assert diagnosis.check(SITE) == (0, [])
    diagnosis.cures("ipv6_only", SITE, "--server", f"http://{asked}:{owner.port}/")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lab.example.edu be this machine, as a line in its hosts file would."""
    look_up = socket.getaddrinfo

    def look_up_here(host: str, *args: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if host == "lab.example.edu" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)


def test_a_host_that_is_not_local(make_owner, diagnosis_of, names) -> None:
    """Jupyter's own check, which knows nothing of origins."""
    owner = make_owner(allowed_origins=["http://localhost:3000"])
    diagnosis = diagnosis_of(owner.start())
    url = f"http://lab.example.edu:{owner.port}/"
    diagnosis.cures("host_refused", "http://localhost:3000", "--server", url)


def test_a_page_on_https_and_a_server_on_http(healthy, diagnosis_of, names) -> None:
    """Only localhost is exempt."""
    url = f"http://lab.example.edu:{healthy.port}/"
    diagnosis_of(healthy).cures("mixed_content", SITE, "--server", url)


def test_nobody_there(healthy, diagnosis_of) -> None:
    """The address of the server that does run is named."""
    diagnosis_of(healthy).cures("nothing_listens", SITE, "--server", "http://localhost:9/")


def test_a_name_that_leads_nowhere(healthy, diagnosis_of) -> None:
    """RFC 6761: there is no such name, ever."""
    diagnosis_of(healthy).cures("nothing_listens", SITE, "--server", "https://nowhere.invalid/")


def test_no_server_runs(make_owner, diagnosis_of) -> None:
    """The configuration alone is judged, and the next start is healthy."""
    owner = make_owner(allowed_origins=[SITE])
    diagnosis = diagnosis_of(owner)
    assert diagnosis.codes(SITE) == ["no_server"]
    diagnosis.cures("no_server", SITE)


def test_no_server_runs_and_the_next_one_would_not_do(make_owner, diagnosis_of) -> None:
    """All that the files say wrong is said at once."""
    diagnosis = diagnosis_of(make_owner(allowed_origins=[SLASH]))
    assert diagnosis.codes(SITE) == ["no_server", "settings_invalid"]
    write_json(diagnosis.owner.own_config, {})
    assert diagnosis.codes(SITE) == ["no_server", "origin_not_listed"]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="There are no unix sockets here.")
def test_a_server_on_a_unix_socket(make_owner, diagnosis_of) -> None:
    """It runs: nothing says that none does. It is asked by its proxy's address."""
    owner = make_owner(allowed_origins=[SITE])
    with tempfile.TemporaryDirectory() as folder:  # its path must be short
        arguments = ["--allow-root", "--no-browser", f"--ServerApp.sock={folder}/sock"]
        with subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *arguments],
            env={**os.environ, **owner.environment},
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                wait_for(lambda: list((owner.folder / "runtime").glob("jpserver-*.json")))
                diagnosis = diagnosis_of(owner)
                assert diagnosis.codes(SITE) == ["unix_socket"]
            finally:
                server.terminate()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a server has written itself down."""
    end = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_servers(healthy, make_owner, diagnosis_of, monkeypatch) -> None:
    """Each is asked, and one that is unhealthy is enough."""
    other = make_owner()
    be(healthy, monkeypatch)
    for key in ("runtime",):
        (other.folder / key).rmdir()
        (other.folder / key).symlink_to(healthy.folder / key)
    other.start()
    diagnosis = diagnosis_of(healthy)
    status, findings = diagnosis.check(SITE)
    assert status == 1
    # The files are the first owner's, so that it looks like a restart.
    assert [found["code"] for found in findings] == ["restart_needed"]
    assert len(diagnosis.report["servers"]) == 2


# Tokens


def test_a_token_in_a_pasted_address(healthy, diagnosis_of) -> None:
    """Jupyter prints its address with the token, and that is what people paste."""
    diagnosis = diagnosis_of(healthy)
    assert diagnosis.check(SITE, "--server", f"{healthy.url}?token={OWN_TOKEN}") == (0, [])
    diagnosis.expect("unknown_token", SITE, "--server", f"{healthy.url}?token=wrong")
    assert "wrong" not in str(diagnosis.report["servers"][0]["asked"])

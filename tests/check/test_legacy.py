"""Jupyter's own settings for origins, which people wrote before they installed the extension.

Each server says at its start what to write. ``check`` says the same, and doing so helps.
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest
from support.check.grants import SITE
from support.check.server_owner import OWN_TOKEN, Owner
from support.nginx import Nginx

from escherpad_ext.cli import main

OLD = "https://old.example.com"


def line_in_log(owner: Owner, beginning: str) -> str:
    """Return the line of configuration that the log tells."""
    found = re.findall(rf"{beginning}.*?(c\.EscherpadExt\..*)$", owner.log(), re.MULTILINE)
    assert found, owner.log()
    return str(found[0])


def test_allow_keeps_whom_jupyter_allowed(make_owner, diagnosis_of) -> None:
    """Otherwise the first origin of ours would shut all others out."""
    owner = make_owner()
    owner.write(f'c.ServerApp.allow_origin = "{OLD}"')
    diagnosis = diagnosis_of(owner)
    assert main(["allow", SITE]) == 0
    owner.start()
    assert diagnosis.check(SITE) == (0, [])
    assert diagnosis.check(OLD) == (0, [])


def started_with(owner: Owner, line: str) -> Owner:
    """Start a server with ``--config FILE``, which is read in place of the usual file."""
    file = owner.folder / "own.py"
    token = f'c.IdentityProvider.token = "{OWN_TOKEN}"'
    file.write_text(f"{token}\n{line}\n")
    owner.arguments = ["--config", str(file)]
    return owner.start()


def test_allow_beside_a_server_with_a_file_of_its_own(make_owner, diagnosis_of, capsys) -> None:
    """Its file wins: ``allow`` says so, and the line that it says helps."""
    owner = started_with(make_owner(), f'c.EscherpadExt.allowed_origins = ["{OLD}"]')
    diagnosis = diagnosis_of(owner)
    assert main(["allow", SITE]) == 0
    said = capsys.readouterr().err
    assert f"{owner.folder / 'own.py'} sets EscherpadExt.allowed_origins too, and wins" in said
    assert f"for the server at {owner.url}" in said
    owner.restart()
    diagnosis.cures("origin_not_listed", SITE, "--token", OWN_TOKEN)
    assert diagnosis.check(OLD) == (0, [])


def test_allow_keeps_whom_a_file_of_its_own_allowed(make_owner, diagnosis_of, capsys) -> None:
    """As it does for the file that the next start would read."""
    owner = started_with(make_owner(), f'c.ServerApp.allow_origin = "{OLD}"')
    diagnosis = diagnosis_of(owner)
    assert main(["allow", SITE]) == 0
    assert "own.py does not count any more. Its origins are now" in capsys.readouterr().err
    owner.restart()
    assert diagnosis.check(SITE) == (0, [])
    assert diagnosis.check(OLD) == (0, [])


def test_both_settings(make_owner, diagnosis_of) -> None:
    """The log has a line for the origins of both, and check one for the origin that it asks for."""
    owner = make_owner(allowed_origins=[SITE])
    owner.write(r'c.ServerApp.allow_origin_pat = r"https://.*\.example\.com"')
    diagnosis_of(owner.start()).cures("legacy_origins_lost", OLD)
    line = line_in_log(owner, "allow_origin_pat does not count")
    assert "https://*.example.com" in line
    owner.own_config.write_text("{}")
    owner.write(line)
    owner.restart()
    diagnosis = diagnosis_of(owner)
    assert diagnosis.check("https://new.example.com") == (0, [])
    assert diagnosis.check(SITE) == (0, [])


def test_a_file_that_nothing_reads_any_more(make_owner, diagnosis_of) -> None:
    """The file of Notebook, where neither Notebook nor nbclassic is loaded."""
    owner = make_owner()
    file = owner.config / "jupyter_notebook_config.py"
    file.write_text(f'c.NotebookApp.allow_origin = "{OLD}"\n')
    owner.start()
    line = line_in_log(owner, "NotebookApp.allow_origin in .* does not count")
    assert line == f'c.EscherpadExt.allowed_origins = ["{OLD}"]'
    diagnosis_of(owner).cures("config_file_not_read", OLD)


def test_old_arguments_of_a_server_without_jupyterlab(make_owner, diagnosis_of) -> None:
    owner = make_owner()
    owner.arguments = [f"--NotebookApp.allow_origin={OLD}"]
    diagnosis_of(owner.start()).cures("config_file_not_read", OLD)
    assert "NotebookApp.allow_origin in the configuration does not count" in owner.log()


def ask(nginx: Nginx, method: str, path: str, **headers: str) -> int:
    """Return the status of a request of the server's own page, behind a proxy."""
    request = urllib.request.Request(nginx.url + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)


@pytest.mark.parametrize("allow_origin", ["{origin}", "*"])
def test_own_pages_behind_a_proxy_that_rewrites_host(
    make_owner, diagnosis_of, put_before, allow_origin
) -> None:
    """What the log says at the start, or with the first refusal, lets them work again."""
    owner = make_owner()
    nginx = put_before(owner, f"proxy_set_header Host 127.0.0.1:{owner.port};")
    origin = nginx.url.rstrip("/")
    owner.write(f'c.ServerApp.allow_origin = "{allow_origin.format(origin=origin)}"')
    owner.start()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    opener.open(f"{nginx.url}?token={OWN_TOKEN}", timeout=20).close()
    (jar,) = [h.cookiejar for h in opener.handlers if hasattr(h, "cookiejar")]
    cookies = {cookie.name: cookie.value for cookie in jar}
    page = {
        "Origin": origin,
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-XSRFToken": cookies["_xsrf"],
    }
    assert ask(nginx, "POST", "api/contents", **page) == 401
    at_start = line_in_log(owner, "rewrites Host")
    assert at_start.startswith("c.EscherpadExt.public_url")
    line = line_in_log(owner, "cookie_ignored")
    owner.write(line.partition(",")[0] if allow_origin == "*" else at_start)
    owner.restart()
    assert ask(nginx, "POST", "api/contents", **page) == 201


def test_forms_where_a_proxy_hides_the_referrer(make_owner, diagnosis_of, put_before) -> None:
    """Browsers then send a form of the server's own page with ``Origin: null``.

    Jupyter itself refuses it, except with settings such as this one, or in proxied apps.
    """
    owner = make_owner()
    owner.write("c.ServerApp.disable_check_xsrf = True")
    owner.start()
    nginx = put_before(owner, "add_header Referrer-Policy no-referrer always;")
    null = {"Origin": "null", "Sec-Fetch-Mode": "navigate"}
    own, framed = ({**null, "Sec-Fetch-Site": site} for site in ("same-origin", "cross-site"))
    assert ask(nginx, "POST", "login", **own) == 401, "the form has no password"
    assert "null_origin" not in owner.log()
    assert ask(nginx, "POST", "login", **framed) == 403
    assert "null_origin" in owner.log()

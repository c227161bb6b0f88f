"""Proxies that change where a server is: its own address, paths, TLS, logins."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from support.check.grants import SITE
from support.check.server_owner import OWN_TOKEN
from support.check.withholding_proxy import holding_back

from escherpad_ext.cli import main

REWRITE_HOST = "proxy_set_header Host 127.0.0.1:{port};"


def write_certificate(authority: trustme.CA, file: Path) -> Path:
    """Write key and certificate for localhost."""
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(file)
    return file


@pytest.fixture
def trust(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust the authority."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


def test_host_rewritten(make_owner, diagnosis_of, put_before) -> None:
    """The server refuses its own pages; `public_url` says which these are."""
    owner = make_owner(allowed_origins=[SITE]).start()
    diagnosis = diagnosis_of(owner)
    diagnosis.nginx = put_before(owner, REWRITE_HOST.format(port=owner.port))
    diagnosis.cures("public_url_missing", SITE, "--server", diagnosis.nginx.url)


def test_tls_added(make_owner, diagnosis_of, put_before, authority, trust, tmp_path) -> None:
    """The server takes itself for http, so that a site that connects finds another issuer."""
    certificate = write_certificate(authority, tmp_path / "server.pem")
    owner = make_owner(allowed_origins=[SITE]).start()
    diagnosis = diagnosis_of(owner)
    diagnosis.nginx = put_before(owner, certificate=certificate)
    diagnosis.cures("public_url_missing", SITE, "--server", diagnosis.nginx.url)


def test_another_public_url(make_owner, diagnosis_of, put_before) -> None:
    """Neither its own pages nor connecting work at an address that is not the public one."""
    owner = make_owner(allowed_origins=[SITE], public_url="https://jupyter.example.edu").start()
    diagnosis = diagnosis_of(owner)
    diagnosis.nginx = put_before(owner)
    assert diagnosis.check(SITE) == (0, [])  # asked where it runs, it may have any public address
    diagnosis.cures("public_url_wrong", SITE, "--server", diagnosis.nginx.url)


def test_a_path_taken_off(make_owner, diagnosis_of, put_before) -> None:
    """The server has to know its path, and the proxy to leave it on."""
    owner = make_owner(allowed_origins=[SITE]).start()
    diagnosis = diagnosis_of(owner)
    diagnosis.nginx = put_before(
        owner, f"proxy_pass http://127.0.0.1:{owner.port}/;", path="/lab-7/"
    )
    diagnosis.cures("prefix_stripped", SITE, "--server", diagnosis.nginx.url)


def test_a_path_left_on(make_owner, diagnosis_of, put_before) -> None:
    """The right way is healthy."""
    owner = make_owner(allowed_origins=[SITE])
    owner.write('c.ServerApp.base_url = "/lab-7/"')
    nginx = put_before(owner.start(), path="/lab-7/")
    diagnosis = diagnosis_of(owner)
    assert diagnosis.check(SITE, "--server", nginx.url, "--token", OWN_TOKEN) == (0, [])


def test_a_host_that_is_not_local(make_owner, diagnosis_of, put_before) -> None:
    """The server repeats the name that the proxy sends: one fix says it and the right address."""
    owner = make_owner(allowed_origins=[SITE]).start()
    diagnosis = diagnosis_of(owner)
    diagnosis.nginx = put_before(owner, "proxy_set_header Host jupyter.example.edu;")
    diagnosis.cures("host_refused", SITE, "--server", diagnosis.nginx.url)


def test_a_certificate_that_nobody_trusts(
    healthy, diagnosis_of, put_before, authority, trust, tmp_path
) -> None:
    """Nothing else is asked then, and no token is sent. Another certificate fixes it."""
    other = write_certificate(trustme.CA(), tmp_path / "other.pem")
    diagnosis = diagnosis_of(healthy)
    nginx = put_before(healthy, certificate=other)
    found = diagnosis.expect("certificate_untrusted", SITE, "--server", nginx.url)
    assert "an authority that the browser's machine trusts" in found["fix"]
    assert [row["name"] for row in diagnosis.report["servers"][0]["asked"]] == ["plain"]
    nginx.certificate = write_certificate(authority, tmp_path / "good.pem")
    nginx.reload()
    assert diagnosis.codes(SITE, "--server", nginx.url) == ["public_url_missing"]


@pytest.mark.parametrize("asked", ["http", "https"])
def test_the_wrong_scheme(
    healthy, diagnosis_of, put_before, authority, trust, tmp_path, asked
) -> None:
    """http where https is spoken, and the other way round."""
    diagnosis = diagnosis_of(healthy)
    if asked == "https":
        url = healthy.url.replace("http:", "https:")
        diagnosis.cures("wrong_scheme", SITE, "--server", url)
    else:
        certificate = write_certificate(authority, tmp_path / "server.pem")
        nginx = put_before(healthy, certificate=certificate)
        found = diagnosis.expect(
            "wrong_scheme", SITE, "--server", nginx.url.replace("https", "http")
        )
        assert found["fix"].endswith(f"--server {nginx.url}")


def test_a_redirect_to_https(
    make_owner, diagnosis_of, put_before, authority, trust, tmp_path
) -> None:
    """A preflight must not be redirected, so the address has to be the final one."""
    certificate = write_certificate(authority, tmp_path / "server.pem")
    owner = make_owner(allowed_origins=[SITE])
    owner.start()
    diagnosis = diagnosis_of(owner)
    secure = put_before(owner, certificate=certificate)
    owner.write(f'c.EscherpadExt.public_url = "{secure.url}"')
    owner.restart()
    plain = type(secure)(
        tmp_path / "plain", [f"return 301 https://localhost:{secure.port}$request_uri;"]
    ).start()
    try:
        diagnosis.cures("redirected", SITE, "--server", plain.url)
    finally:
        plain.stop()


def test_a_redirect_to_a_login(healthy, diagnosis_of, put_before) -> None:
    """A single sign-on in front; no page on another origin can log in there."""
    diagnosis = diagnosis_of(healthy)
    diagnosis.nginx = put_before(
        healthy,
        "auth_request /auth;",
        "error_page 401 =302 https://login.example.edu/;",
        server="location = /auth { internal; return 401; }",
    )
    diagnosis.cures("redirected", SITE, "--server", diagnosis.nginx.url)


def test_a_socket_that_is_held_back(healthy, diagnosis_of) -> None:
    """It opens, and a ping is not answered. (nginx cannot be made to do this.)"""
    diagnosis = diagnosis_of(healthy)
    with holding_back(healthy.port) as port:
        words = (SITE, "--server", f"http://localhost:{port}/", "--token", OWN_TOKEN)
        diagnosis.expect("buffered", *words)


@pytest.mark.parametrize("allows", [True, False], ids=["the shell's", "nobody's"])
def test_a_server_with_a_configuration_folder_of_its_own(
    make_owner, diagnosis_of, monkeypatch, tmp_path, capsys, allows
) -> None:
    """Its environment names it: not what this shell would read, nor where it would write."""
    owner = make_owner()
    owner.arguments = ["--ServerApp.open_browser=False"]  # so that its environment can be read
    owner.start()
    diagnosis = diagnosis_of(owner)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "shell"))
    if allows:
        assert main(["allow", SITE]) == 0
        said = f"the server at {owner.url} reads {owner.own_config} instead of this file"
        assert said in capsys.readouterr().err
    found = diagnosis.expect("origin_not_listed", SITE, status=0)
    assert f"# in {owner.server_config}, then restart the server" in found["fix"]
    diagnosis.apply(found["fix"])
    assert diagnosis.check(SITE) == (0, [])

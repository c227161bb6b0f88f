"""Wildcards over hosts where strangers can get a name or a port."""

from __future__ import annotations

import pytest

from escherpad_ext.errors import OriginPatternError
from escherpad_ext.policy.patterns import OriginPattern
from escherpad_ext.policy.shared_hosts import SHARED_HOSTS, has_shared_ports

#: Where anybody gets a name. Some are public suffixes, the others are on the package's own list.
STRANGERS = (
    "nip.io",
    "10.0.0.1.nip.io",
    "10-0-0-1.sslip.io",
    "loca.lt",
    "lhr.life",
    "github.dev",
    "app.github.dev",
    "devtunnels.ms",
    "euw.devtunnels.ms",
    "tunnels.api.visualstudio.com",
    "googleusercontent.com",
    "colab.googleusercontent.com",
    "prod.colab.dev",
    "storage.googleapis.com",
    "codesandbox.io",
    "csb.app",
    "stackblitz.io",
    "webcontainer.io",
    "local-credentialless.webcontainer.io",
    "kaggleusercontent.com",
    "jupyter-proxy.kaggle.net",
    "runpod.net",
    "proxy.runpod.net",
    "gitpod.io",
    "ws-eu117.gitpod.io",
    "ngrok.io",
    "eu.ngrok.io",
    "ngrok-free.app",
    "trycloudflare.com",
    "replit.dev",
    "serveo.net",
    "a.free.pinggy.link",
    "tunnelmole.net",
    "cloudfront.net",
    "azurewebsites.net",
    "run.app",
    "a.run.app",
    "vercel.app",
    "westeurope.instances.azureml.ms",
    "cloudapp.azure.com",
    "gradio.live",
    "hf.space",
)


@pytest.mark.parametrize("domain", [*STRANGERS, *SHARED_HOSTS])
def test_wildcards_over_strangers(domain: str) -> None:
    """Each is refused with a sentence that says what to do; the switch allows it."""
    for text in (f"https://*.{domain}", f"https://*.{domain}:*"):
        with pytest.raises(OriginPatternError, match="dangerously_allow_public") as caught:
            OriginPattern.parse(text)
        assert caught.value.code == "public_suffix"
        assert caught.value.suggestion is None
        assert OriginPattern.parse(text, allow_public_suffix=True).subdomains


@pytest.mark.parametrize("domain", SHARED_HOSTS)
def test_each_entry_says_why(domain: str) -> None:
    """The reason is part of the sentence, where the public suffix list does not say it before."""
    with pytest.raises(OriginPatternError) as caught:
        OriginPattern.parse(f"https://*.{domain}")
    assert SHARED_HOSTS[domain].reason in caught.value.what or "anyone may get" in caught.value.what


@pytest.mark.parametrize(
    "text",
    [
        "https://mine.loca.lt",
        "https://abc-8888.euw.devtunnels.ms",
        "https://*.mine.loca.lt",
        "https://*.notnip.io",
        "https://*.io.example",
        "https://*.nip.io.example",
        "https://*.escherpad.com",
        "https://*.tail1234.ts.net",
        "https://loca.lt:8443",
        "https://nip.io:*",
    ],
)
def test_what_belongs_to_one_owner(text: str) -> None:
    """One site, its own subdomains, and names that only look alike may be listed."""
    assert str(OriginPattern.parse(text)) == text


@pytest.mark.parametrize("host", ["bore.pub", "0.tcp.ngrok.io", "x.a.pinggy.link", "serveo.net"])
def test_ports_of_strangers(host: str) -> None:
    """One host, whose ports belong to different people: any port is anybody."""
    assert has_shared_ports(host)
    with pytest.raises(OriginPatternError) as caught:
        OriginPattern.parse(f"https://{host}:*")
    assert caught.value.code == "public_suffix"
    assert OriginPattern.parse(f"https://{host}:12345").port == 12345

"""Checks whether the extension is loaded, and what its settings say about the origin."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from ...config.configuration import Configuration
from ...console import cut
from ...policy.origin import Origin
from .. import fixes
from ..facts import Facts
from ..findings import Finding, as_warning, make_finding
from . import files, stranger
from .corrections import corrected_lines

_REFUSED = "origin_refused"
_INSECURE = "dangerously_allow_insecure_origins"


def is_refused(facts: Facts) -> bool:
    """Return whether the server refuses the origin, with any token."""
    refusal = facts.refusal("simple")
    return refusal is not None and refusal[0] == _REFUSED


def has_extension(facts: Facts) -> bool:
    """Return whether any answer comes from this extension."""
    if any(facts.refusal(name) for name in facts.outcomes):
        return True
    discovery, home = facts.answer("discovery"), facts.answer("home")
    if discovery and str(discovery.json().get("token_endpoint", "")).endswith("/escherpad/token"):
        return True
    return home is not None and home.get("Location").endswith("/escherpad/")


def check_extension(facts: Facts) -> Iterator[Finding]:
    """Yield that the extension is missing."""
    if has_extension(facts):
        return
    if stranger.is_gateway(facts):
        yield stranger.gateway(facts)
        return
    configuration = facts.configuration
    if configuration is not None and configuration.enabled:
        why = (
            "No answer comes from the extension, although this machine's configuration enables it. "
            "Either the server was started before, or it uses another Python environment, or it "
            "could not load the extension (see its log)."
        )
        fix = fixes.shell(
            "pip install escherpad-ext", "in the Python environment of the server", fixes.RESTART
        )
        yield make_finding("extension_missing", why, fix)
        return
    why = "No answer comes from the extension. It is not installed there, or it is disabled."
    if configuration is not None and configuration.switch:
        why = f"{configuration.switch} disables it."
    yield make_finding("extension_missing", why, _switching_on(configuration))


def _switching_on(configuration: Configuration | None) -> str:
    command = "jupyter server extension enable escherpad_ext"
    file = configuration.switch if configuration else ""
    if configuration is None or not file:
        remark = "on the server's machine; if necessary, first: pip install escherpad-ext"
        return fixes.shell(command, remark, fixes.RESTART)
    folder = PurePath(file).parent
    if PurePath(file).name == "escherpad_ext.json" and folder.name.endswith(".d"):
        user = folder.parent == PurePath(configuration.own_file).parent
        option = "--user" if user else "--sys-prefix"
        return fixes.shell(f"{command} {option}", then=fixes.RESTART)
    switch = '"ServerApp": {"jpserver_extensions": {"escherpad_ext": true}}'
    return f"# in {file}, {fixes.RESTART}\n{switch}"


def check_configuration(configuration: Configuration, origin: str) -> Iterator[Finding]:
    """Yield what is wrong with the configuration files."""
    for unread in configuration.unread:
        yield make_finding(
            "config_unread",
            f"{unread.file}: {unread.error}",
            fixes.shell("jupyter escherpad check --explain-config", f"fix {unread.file}, then run"),
        )
    if configuration.mistakes:
        why = " ".join(str(mistake) for mistake in configuration.mistakes)
        yield make_finding("settings_invalid", why, corrected_lines(configuration, origin))


def check_origin(facts: Facts) -> Iterator[Finding]:
    """Yield why the server refuses the origin; nothing if it does not."""
    if not is_refused(facts):
        return
    configuration = facts.configuration
    found = list(check_configuration(configuration, facts.origin)) if configuration else []
    reason = facts.reason("simple")
    if found:
        yield from found
    elif configuration is not None and _would_allow(configuration, facts.origin):
        yield _restart(facts)
    elif configuration is not None and is_lost(configuration, facts.origin):
        yield lost(facts.origin, configuration)
    elif configuration is not None and (
        unread := list(files.check_files(configuration, facts.origin))
    ):
        yield from unread
    elif reason == "settings_invalid":
        yield make_finding(
            "settings_invalid",
            "The server says so. Its log names each mistake and what to write instead.",
            fixes.shell("jupyter escherpad check --explain-config", "on the server's machine"),
        )
    else:
        yield from _not_allowed(facts)


def _would_allow(configuration: Configuration, origin: str) -> bool:
    settings = configuration.settings
    return settings is not None and settings.refusal_of(origin) is None


def is_lost(configuration: Configuration, origin: str) -> bool:
    """Return whether ``allowed_origins`` shuts out an origin that Jupyter's settings allow."""
    overridden = configuration.overridden
    return overridden is not None and overridden.allows(origin)


def lost(origin: str, configuration: Configuration) -> Finding:
    """Return that ``allowed_origins`` shuts out the origin, and how to list it there too."""
    name = next(
        name for name in ("allow_origin", "allow_origin_pat") if _place(configuration, name)
    )
    why = (
        f"ServerApp.{name} in {_place(configuration, name)} allows {origin}. It does not count, "
        f"because {configuration.source('allowed_origins')} sets allowed_origins."
    )
    return make_finding("legacy_origins_lost", why, allowing(origin, configuration))


def _place(configuration: Configuration, name: str) -> str | None:
    return configuration.source(f"ServerApp.{name}")


def _restart(facts: Facts) -> Finding:
    return make_finding(
        "restart_needed",
        f"The configuration of this machine allows {facts.origin}, but the running server refuses "
        "it. A server reads its configuration only at its start. Or it uses another configuration.",
        fixes.shell(
            f"jupyter server stop {facts.address.port}",
            then="then start it again with the same command",
        ),
    )


def _not_allowed(facts: Facts) -> Iterator[Finding]:
    reason = facts.reason("simple") or ""
    why = f"The server answers {cut(reason)} to {facts.origin}."
    if facts.near:
        why += f" It allows {', '.join(facts.near)}, which is a different origin."
    # A site with a valid token was approved before; asking again would not help.
    asks = may_ask(facts) and (not facts.has_site_token or has_ended(facts))
    yield refused(facts.origin, reason, why, facts.configuration, may_ask=asks)
    yield from _cannot_ask(facts)


def refused(
    origin: str, reason: str, why: str, configuration: Configuration | None, *, may_ask: bool
) -> Finding:
    """Return that an origin is not allowed; a warning if it may ask for access."""
    code = "insecure_origin" if reason == "insecure_origin" else "origin_not_listed"
    fix = allowing(origin, configuration)
    if code == "insecure_origin":
        why += " Serve the page over https instead: anyone on the network can change an http page."
    if not may_ask:
        return make_finding(code, why, fix)
    why += " The site may ask for access: open it, enter the server's address and click Allow."
    remark = "connect on the site and click Allow; or allow the site permanently:"
    return as_warning(make_finding(code, why, f"# {remark}\n{fix}"))


def may_ask(facts: Facts) -> bool:
    """Return whether the site may ask for access, as far as the check can see."""
    discovery, configuration = facts.answer("discovery"), facts.configuration
    settings = configuration.settings if configuration else None
    listed = settings is not None and settings.connect != "ask"
    there = discovery is not None and discovery.status == HTTPStatus.OK
    return there and not listed and facts.reason("simple") == "origin_not_listed"


def has_ended(facts: Facts) -> bool:
    """Return whether the token was valid once."""
    return not {facts.reason("grant"), facts.reason("token")}.isdisjoint({"expired", "revoked"})


def allowing(origin: str, configuration: Configuration | None) -> str:
    """Return the fix that allows an origin, in the place where the setting is now."""
    if not fixes.may_be_quoted(origin):
        return "# no setting can name such a host; serve the page from another one"
    settings = configuration.settings if configuration else None
    source = configuration.source("allowed_origins") if configuration else None
    if Origin.parse(origin).is_insecure and configuration is None:
        line = f'c.EscherpadExt.allowed_origins = ["{origin}"]'
        return fixes.lines(f"{line}\nc.EscherpadExt.{_INSECURE} = True")
    command = f"jupyter escherpad allow {origin}"
    if configuration is None or settings is None:
        return fixes.shell(command, "on the server's machine", fixes.RESTART)
    own = source in {None, configuration.own_file} and configuration.legacy is None
    if own and not Origin.parse(origin).is_insecure and not configuration.is_elsewhere:
        return fixes.shell(command, then=fixes.RESTART)
    if configuration.legacy is not None:
        advice = settings.allowed_origins.advice(origin) or ""
        return fixes.lines(advice.replace("; ", "\n"), configuration)
    return fixes.settings(_with(origin, configuration), configuration)


def _with(origin: str, configuration: Configuration) -> dict[str, Any]:
    values: dict[str, Any] = {
        "allowed_origins": [*map(str, configuration.values["allowed_origins"]), origin]
    }
    if Origin.parse(origin).is_insecure:
        values[_INSECURE] = True
    return values


def _cannot_ask(facts: Facts) -> Iterator[Finding]:
    """Yield why the site cannot ask for access either."""
    discovery, configuration = facts.answer("discovery"), facts.configuration
    settings = configuration.settings if configuration else None
    fix = fixes.settings({"connect": "ask"}, configuration)
    if discovery is not None and discovery.status == HTTPStatus.NOT_FOUND:
        yield make_finding("connect_off", "The server has no discovery document.", fix)
    elif settings is not None and settings.connect == "listed":
        yield make_finding("connect_not_listed", 'The setting connect is "listed".', fix)

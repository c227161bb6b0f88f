"""Scopes and bundles."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import jupyter_server
import jupyter_server_terminals
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escherpad_ext.errors import UnknownScope
from escherpad_ext.policy.folders import FOLDER_BUNDLES, FOLDER_WORDS
from escherpad_ext.policy.scope_words import FULL_CONTROL_MARK, marked_words, summary, words
from escherpad_ext.policy.scopes import (
    BUNDLES,
    FULL,
    FULL_CONTROL,
    NEVER,
    SCOPES,
    covers,
    expand,
    gives_full_control,
)

SOME_SCOPES = st.frozensets(st.sampled_from(sorted(set(SCOPES) - {FULL})), min_size=1)


def test_a_scope_is_a_resource_and_an_action_in_the_authorizers_words():
    """Scopes are `<resource>:<action>`; only `full` is a word of its own."""
    for scope in SCOPES:
        resource, _, action = scope.partition(":")
        assert scope == FULL or (resource and action in {"read", "write", "execute"}), scope


def test_bundles_hold_scopes_of_the_table_and_say_what_they_give():
    """One table: a bundle never names what the table does not explain."""
    assert list(BUNDLES) == ["view", "edit", "run", "terminal", "full"]
    for bundle in BUNDLES.values():
        assert bundle.scopes <= set(SCOPES)
        assert bundle.scopes
        assert bundle.title
        assert bundle.words.endswith(".")


def test_view_only_reads():
    """A `view` token cannot change, start or execute anything."""
    assert {scope.partition(":")[2] for scope in BUNDLES["view"].scopes} == {"read"}


def test_edit_does_not_execute():
    """An `edit` token adds changes of files to `view`, nothing else."""
    assert BUNDLES["edit"].scopes - BUNDLES["view"].scopes == {"contents:write", "outputs:write"}


def test_run_is_edit_and_running_code():
    """`run` contains `edit`; terminals are a bundle of their own; both say what they are."""
    assert BUNDLES["edit"].scopes < BUNDLES["run"].scopes
    assert not {"terminals:write", "terminals:execute"} & BUNDLES["run"].scopes
    for name in ("run", "terminal"):
        assert "full control of your account" in BUNDLES[name].words


def test_what_amounts_to_everything_says_so():
    """Each scope that leads to running code says so by itself, and is marked."""
    for scope in FULL_CONTROL:
        assert "full control of your account on this machine" in SCOPES[scope]
        assert marked_words(scope).startswith(f"{FULL_CONTROL_MARK}. ")
        assert words({scope}) == (marked_words(scope),)
    for text in (*SCOPES.values(), *(bundle.words for bundle in BUNDLES.values())):
        assert "together" not in text.lower()
    harmless = {"config:read", "events:execute", "events:write"}
    more = (BUNDLES["run"].scopes | BUNDLES["terminal"].scopes) - BUNDLES["edit"].scopes
    assert more - harmless - {"terminals:read"} == FULL_CONTROL - {FULL}
    assert not FULL_CONTROL & BUNDLES["edit"].scopes


def test_each_text_says_alone_what_it_gives():
    """No other bundle's name stands for what it gives."""
    texts = [*SCOPES.values(), *(b.words for b in (*BUNDLES.values(), *FOLDER_BUNDLES.values()))]
    for text in (*texts, *FOLDER_WORDS.values()):
        assert not re.match(r"(View|Edit)\b", text), text


def test_what_is_less_than_everything_is_not_marked():
    """Or nobody would heed the mark."""
    for name in [*BUNDLES, *set(SCOPES) - FULL_CONTROL]:
        whole = name in {"run", "terminal", FULL}
        assert marked_words(name).startswith(FULL_CONTROL_MARK) == whole
    assert gives_full_control({"contents:read", "lsp:execute"})
    assert not gives_full_control(BUNDLES["edit"].scopes)


def declared_resources():
    """Return every `auth_resource` that handlers of the server and its terminals declare."""
    found = set()
    for package in (jupyter_server, jupyter_server_terminals):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if "handlers" in info.name or "websocket" in info.name or "shutdown" in info.name:
                module = importlib.import_module(info.name)
                found |= {
                    cls.auth_resource
                    for _, cls in inspect.getmembers(module, inspect.isclass)
                    if isinstance(getattr(cls, "auth_resource", None), str)
                }
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of modules nobody uses
def test_the_table_knows_every_resource_of_the_server():
    """A resource that core adds must be put into the table, or left out knowingly."""
    known = {scope.partition(":")[0] for scope in SCOPES}
    # csp: reports of violations, which nobody sends with a token. server: the shutdown.
    assert declared_resources() - known == {"csp", "server"}


def test_unknown_names_are_told_all_at_once_with_what_was_meant():
    """A mistake says what to write."""
    with pytest.raises(UnknownScope) as caught:
        expand(["View", "kernel:execute", "contents:read", "zzz"])
    assert caught.value.unknown == ("View", "kernel:execute", "zzz")
    assert "view" in caught.value.close
    assert "kernels:execute" in caught.value.close
    for name in ("'View'", "'kernel:execute'", "'zzz'", "run", "sessions:write"):
        assert name in str(caught.value)


@pytest.mark.parametrize("names", [[], "", "   ", [""], ["*"], [NEVER], ["view edit"]])
def test_nothing_never_means_everything(names):
    """No scope, an empty one and a wildcard are refused."""
    with pytest.raises(UnknownScope):
        expand(names)


def test_an_absurdly_long_name_makes_no_long_message():
    """What a stranger sent is not thrown back whole."""
    with pytest.raises(UnknownScope) as caught:
        expand(["x" * 100_000])
    assert len(str(caught.value)) < 2000


@settings(deadline=None)
@given(SOME_SCOPES)
def test_a_scope_covers_itself_and_no_other(granted):
    """No scope implies another: prefixes, writes and executes do not."""
    for scope in set(SCOPES) - {FULL}:
        assert covers(granted, scope) == (scope in granted)


def test_an_empty_grant_covers_nothing():
    """Empty means nothing."""
    assert not any(covers(frozenset(), scope) for scope in [*SCOPES, FULL, NEVER])


def test_full_swallows_the_rest():
    """`full view` is `full`."""
    assert expand("view full") == {FULL}


@settings(deadline=None)
@given(SOME_SCOPES)
def test_a_summary_means_the_same(granted):
    """The short names expand to exactly what was granted."""
    assert expand(summary(granted)) == granted
    assert len(words(granted)) == len(summary(granted))


def test_summaries_are_short():
    """The largest bundle that fits, then what is left."""
    assert summary(expand("run")) == ("run",)
    assert summary(expand("view contents:write")) == ("view", "contents:write")
    assert summary(expand("terminal edit")) == ("edit", "terminal")
    assert summary({FULL}) == (FULL,)
    assert summary({"of:tomorrow", "api:read"}) == ("api:read", "of:tomorrow")

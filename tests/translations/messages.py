"""Every English text that the owner's pages show: those of the templates, and those of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from escherpad_ext.connect.files_choice import MISSING, what_is_left_out
from escherpad_ext.connect.handlers.app import MESSAGES as OF_ONE_APP
from escherpad_ext.connect.handlers.connected_apps import MESSAGES
from escherpad_ext.connect.handlers.device import UNKNOWN_CODE
from escherpad_ext.connect.introduction import NEAR
from escherpad_ext.connect.lately import TEXTS as LATELY
from escherpad_ext.connect.problems import PROBLEMS
from escherpad_ext.connect.rendering import environment
from escherpad_ext.grants.activity_words import TEXTS as ACTIVITY
from escherpad_ext.policy.app_shells import SHARING
from escherpad_ext.policy.folders import FOLDER_BUNDLES, FOLDER_MISTAKES, FOLDER_WORDS
from escherpad_ext.policy.lifetimes import SPOKEN_UNITS
from escherpad_ext.policy.scopes import BUNDLES, PATHS_WORDS, SCOPES, words_of_path
from escherpad_ext.policy.translatable import Translatable

#: A text; or one for one thing and one for several.
Message = str | tuple[str, str]
#: What owners write into `resource_paths`.
_ANY_PATH = "extension:execute"

#: What Jupyter says of a kernel that a page may show.
_STATES = ("starting", "idle", "busy", "restarting", "dead", "unknown")


def messages() -> dict[Message, str]:
    """Return the texts, each with the place where it is first used, in the order of use."""
    found: dict[Message, str] = {}
    for place, texts in chain(_of_templates(), _of_tables()):
        for text in texts:
            found.setdefault(text, place)
    return found


def _of_templates() -> Iterator[tuple[str, Iterable[Message]]]:
    made = environment()
    for name in sorted(made.list_templates(extensions=["html"])):
        assert made.loader is not None
        source, _, _ = made.loader.get_source(made, name)
        texts = (text for _, _, text in made.extract_translations(source))
        yield f"templates/{name}", (_message(text) for text in texts)


def _message(text: str | tuple[str | None, ...]) -> Message:
    """Return what a template has: a text, or those for one and for several."""
    texts = [text] if isinstance(text, str) else [each for each in text if each is not None]
    return texts[0] if len(texts) == 1 else (texts[0], texts[1])


def _of_tables() -> Iterator[tuple[str, Iterable[Message]]]:
    bundles = [*BUNDLES.values(), *FOLDER_BUNDLES.values()]
    of_path = words_of_path(_ANY_PATH)
    assert isinstance(of_path, Translatable)
    yield "introduction.py", [NEAR]
    yield "scopes.py", chain.from_iterable((each.title, each.words) for each in bundles)
    yield "scopes.py", [*SCOPES.values(), *PATHS_WORDS.values(), of_path.template]
    yield "folders.py", [*FOLDER_WORDS.values(), *FOLDER_MISTAKES.values()]
    names = [*FOLDER_BUNDLES, *FOLDER_WORDS]
    yield "files_choice.py", [MISSING, *(what_is_left_out([name]) for name in names)]
    yield "lifetimes.py", [(singular, plural) for _, singular, plural in SPOKEN_UNITS]
    yield "device.py", [UNKNOWN_CODE]
    yield "connected_apps.py", MESSAGES.values()
    yield "app.py", OF_ONE_APP.values()
    yield "a kernel's state", _STATES
    yield "activity_words.py", ACTIVITY
    yield "lately.py", LATELY
    for code, problem in PROBLEMS.items():
        yield f"problem {code}", [problem.title, problem.sentence, problem.fix]
    yield "app_shells.py", SHARING.values()

"""Everything that can be wrong with a request to connect, as one table. Pure.

Code that finds a problem names its code and the facts, as in ``ConnectError("own", client=…)``. The
page, the log and docs/connect.md read the rest here.
"""

from __future__ import annotations

from types import MappingProxyType

from ..errors import EscherpadError
from ..policy.translatable import Translatable
from .problem_row import Problem
from .program_problems import OF_PROGRAMS

_INVALID = "This site's request is not valid"
_FOR_AUTHOR = "The author of the site has to correct it."
_AGAIN = "Go back to the site and connect again."
_ADD_LINE = (
    "If you trust the site, add this line to jupyter_server_config.py and restart the server."
)


PROBLEMS = MappingProxyType(
    {
        # The server does not let this site connect.
        "settings_invalid": Problem(
            403,
            "A setting of this server is wrong",
            "A setting of this server is wrong, so no site can connect.",
            "Correct the setting. The server's log names it and says what to write instead.",
        ),
        "off": Problem(
            403,
            "Connecting is switched off",
            "The owner of this server has switched connecting off.",
            "To switch it on, add this line to jupyter_server_config.py and restart the server.",
        ),
        "not_listed": Problem(
            403,
            "This site is not on the list",
            "Only sites that are listed in this server's settings can connect, and {client} is "
            "not.",
            _ADD_LINE,
        ),
        "blocked": Problem(
            403,
            "You blocked this site",
            "You blocked {client} on this server, so it cannot ask you for anything.",
            "To let it ask again, open the page of connected apps and press Unblock.",
        ),
        "insecure": Problem(
            403,
            "This site is not secure",
            "{client} is not https, so anyone on the network could pretend to be this site.",
            _ADD_LINE,
        ),
        "own": Problem(
            403,
            "This site is the server itself",
            "{client} is the address of this server, whose own pages need no token.",
            "Connect from a page on another origin.",
        ),
        "address": Problem(
            400,
            "This address cannot be opened",
            "The address is not one of this server.",
            "Open what you need from Jupyter's own pages.",
        ),
        "no_folders": Problem(
            400,
            "This server has no folders",
            "The site asks for one folder, and this server does not keep its files in a folder of "
            "its machine. So no app can be limited to one.",
            "Connect to another server, or ask the author of the site for a way without a folder.",
        ),
        # The request is not one that OAuth allows.
        "too_long": Problem(
            400, _INVALID, "The request is longer than {limit} characters.", _FOR_AUTHOR
        ),
        "encoding": Problem(400, _INVALID, "The request is not properly encoded.", _FOR_AUTHOR),
        "twice": Problem(400, _INVALID, "The request has a parameter twice.", _FOR_AUTHOR),
        "client_id": Problem(
            400,
            _INVALID,
            "The client_id {client_id!r} is not the origin of a site followed by a slash.",
            "The author of the site has to send one such as https://www.escherpad.com/.",
        ),
        "app_shell": Problem(
            403,
            "This is an app, not a website",
            "{client} is the origin of an app or of a browser extension. {sharing} No answer can "
            "be sent to it.",
            "If you trust it, create a token on the server's machine and paste it into the app.",
        ),
        "redirect_uri": Problem(
            400,
            _INVALID,
            "The redirect_uri {redirect_uri!r} is not a page of {client}/ to which an answer can "
            "be added.",
            "The author of the site has to send a URL that begins with this origin and a slash. It "
            "has at most 2000 characters and no fragment. Special characters are percent-encoded. "
            "Its query has no code, error, error_description, error_uri, iss or state.",
        ),
        "response_type": Problem(400, _INVALID, "The response_type is not code.", _FOR_AUTHOR),
        "response_mode": Problem(400, _INVALID, "The response_mode is not query.", _FOR_AUTHOR),
        "code_challenge": Problem(
            400,
            _INVALID,
            "The code_challenge is not the SHA-256 of a code_verifier in base64url (RFC 7636, "
            "section 4.2).",
            _FOR_AUTHOR,
        ),
        "code_challenge_method": Problem(
            400, _INVALID, "The code_challenge_method is not S256.", _FOR_AUTHOR
        ),
        "state": Problem(
            400, _INVALID, "The state is longer than {limit} characters.", _FOR_AUTHOR
        ),
        "scope": Problem(400, _INVALID, "The scope cannot be used. {reason}", _FOR_AUTHOR),
        "folder": Problem(400, _INVALID, "The folder cannot be used. {reason}", _FOR_AUTHOR),
        "resource": Problem(
            400,
            _INVALID,
            "The resource {resource!r} is not this server, {issuer}.",
            _FOR_AUTHOR,
        ),
        **OF_PROGRAMS,
        # The request or its page has ended.
        "crowded": Problem(
            400,
            "Too many requests",
            "Too many sites are waiting for approval.",
            "Log in to this server first, then connect again.",
        ),
        "forgotten": Problem(
            400,
            "This request has ended",
            "This request waited for more than ten minutes, or the server was restarted.",
            _AGAIN,
        ),
        "used": Problem(
            400,
            "This page has ended",
            "This page was used already, was open for more than ten minutes, or the server was "
            "restarted.",
            "Go back and try again.",
        ),
        "nothing_ticked": Problem(400, "Nothing was allowed", "No permission was ticked.", _AGAIN),
        "not_offered": Problem(
            400, "Nothing was allowed", "The page did not offer what was sent.", _AGAIN
        ),
        # This person cannot decide.
        "logged_out": Problem(
            400, "You are not logged in", "You logged out while the page was open.", _AGAIN
        ),
        "not_authorized": Problem(
            403,
            "You may not connect apps",
            "You may use this server, but its authorizer does not allow you to connect apps.",
            "Ask the person who runs the server.",
        ),
        "not_owner": Problem(
            403,
            "You are not the owner of this server",
            "This server belongs to {owner}, and you are {user}. An app that you connect could "
            "use the server after you lose access to it.",
            "Only the owner can connect apps and see which are connected.",
        ),
        "not_logged_in": Problem(
            403,
            "You are not logged in",
            "You opened this server with a token in its address, or the server does not say how "
            "you logged in (JUPYTERHUB_SINGLEUSER_EXTENSION=0).",
            "Log out, and log in to JupyterHub as yourself.",
        ),
        "no_fetch_metadata": Problem(
            400,
            "This page needs https or localhost",
            "Browsers say how a page was opened only on https and on localhost, and this page "
            "needs to know it.",
            "Open this server at such an address, or create a token with: "
            "jupyter escherpad token create",
        ),
        # The registry of grants fails.
        "no_grants": Problem(
            503,
            "This server cannot read its grants",
            "The registry of grants cannot be used. {reason}",
            "Connect again when that is fixed.",
        ),
        "not_trusted": Problem(
            503,
            "This server keeps asking",
            "What you trust cannot be written down. {reason}",
            "Try again when that is fixed.",
        ),
        "not_ended": Problem(
            503,
            "The app is still connected",
            "The registry of grants cannot be changed. {reason}",
            "Disconnect it again when that is fixed.",
        ),
        # So does the record of what apps did.
        "not_forgotten": Problem(
            503,
            "What the app did is not forgotten",
            "The record of what apps did cannot be changed. {reason}",
            "Try again when that is fixed.",
        ),
    }
)


class ConnectError(EscherpadError):
    """A problem of the table, with its facts; ``line`` of configuration would allow the request."""

    def __init__(self, code: str, *, line: str | None = None, **facts: object) -> None:
        problem = PROBLEMS[code]
        self.status = problem.status
        self.title = problem.title
        self.sentence = Translatable(problem.sentence, **facts)
        self.fix = problem.fix
        super().__init__(f"{self.sentence} {self.fix}", code=code, suggestion=line)

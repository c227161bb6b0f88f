"""The interface of a kind of token. ``app.py`` lists the kinds that the server accepts.

Grant tokens are one kind. The server's token is what no other kind recognises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Protocol

from jupyter_server.auth.identity import User
from tornado.web import RequestHandler

from ..policy.refusals import Refusal
from .context import RequestContext

#: Each token of every kind contains it, so that most requests need no closer look. See
#: ``request_facts.has_no_browser_headers``.
MARK = "."


class TokenKind(Protocol):
    """Recognises tokens of its kind, says who the caller is, and which scopes count."""

    #: Whether the owner approved each of these tokens on the connect page or by a command. A site
    #: that no setting allows may use only these.
    is_grant: bool

    def recognises(self, token: str) -> bool:
        """Return whether a token is of this kind, valid or not. Pure and cheap.

        A recognised token never reaches the identity provider.
        """
        ...

    def authenticate(
        self, handler: RequestHandler, context: RequestContext
    ) -> User | Refusal | Awaitable[User | Refusal]:
        """Return who the caller is, or why the request is refused.

        Check ``context.presented.token``, the origin, and the scope that the request needs
        (``scope_check``). Then set ``context.scopes``: until then it allows nothing.
        """
        ...


class TokenKinds:
    """The kinds of tokens besides the server's token, in the order in which they are tried."""

    def __init__(self, *kinds: TokenKind) -> None:
        self._kinds = kinds

    def find(self, token: str) -> TokenKind | None:
        """Return the first kind that recognises a token, None if none does."""
        if MARK not in token:
            return None
        for kind in self._kinds:
            if kind.recognises(token):
                return kind
        return None

    def recognise_any(self, tokens: Iterable[str]) -> bool:
        """Return whether one of these tokens is of any kind."""
        return any(self.find(token) is not None for token in tokens)

"""Responses to grant tokens that are not finished: event streams, long polls, downloads.

What is remembered costs a request no call of a function, and goes with its connection.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from tornado.http1connection import HTTP1Connection
from tornado.web import RequestHandler

_EVENT_STREAM = "text/event-stream"
_LAST_CHUNK = b"0\r\n\r\n"

#: The connection of each request, as tornado has it, and the handler. It is remembered until the
#: connection has sent all of the response.
Responses = dict["ref[Any]", "ref[RequestHandler]"]


def unfinished(responses: Responses) -> Responses:
    """Return those that are not sent, and forget the others."""
    for each in list(responses):
        if not _is_unfinished(each()):
            responses.pop(each, None)
    return responses


def cut_off(responses: Responses, *, also_silent: bool) -> None:
    """Close the connections of what is being sent, as if the client had gone.

    With ``also_silent``, also of what has sent nothing yet.
    """
    for each, handler in list(unfinished(responses).items()):
        connection = each()
        if connection is None or not (also_silent or connection._response_start_line):
            continue
        responses.pop(each, None)
        if _is_event_stream(connection, handler()):
            _end_properly(connection)
        if connection.stream is not None:
            connection.stream.close()


def _is_unfinished(connection: object) -> bool:
    """Return whether something of this response is still to be sent.

    Tornado has one such object for each request. Its handler may have finished before.
    """
    return isinstance(connection, HTTP1Connection) and not connection._finish_future.done()


def _is_event_stream(connection: HTTP1Connection, handler: RequestHandler | None) -> bool:
    kind = "" if handler is None else handler._headers.get("Content-Type", "")
    return connection._chunking_output and kind.lower().startswith(_EVENT_STREAM)


def _end_properly(connection: HTTP1Connection) -> None:
    """Send the last chunk (RFC 9112, 7.1): an event stream is complete wherever it ends.

    JupyterHub's proxy passes on that one, and does not notice that a response was cut off.
    """
    if not connection.stream.closed():
        connection.stream.write(_LAST_CHUNK).add_done_callback(lambda done: done.exception())

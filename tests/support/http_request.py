"""Requests as tornado gives them to handlers, without a server."""

from __future__ import annotations

from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine


class _Connection:
    """What a request needs of its connection."""

    context = None


def http_request(
    headers: dict[str, str] | None = None, *, method: str = "GET", uri: str = "/api"
) -> HTTPServerRequest:
    """Return a request with these headers and a Host."""
    return HTTPServerRequest(
        start_line=RequestStartLine(method, uri, "HTTP/1.1"),
        headers=HTTPHeaders({"Host": "lab.example", **(headers or {})}),
        connection=_Connection(),
    )

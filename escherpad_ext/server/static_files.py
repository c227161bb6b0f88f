"""Static files with the types that browsers insist on."""

from __future__ import annotations

from pathlib import Path

from tornado.web import StaticFileHandler

# Not left to `mimetypes`: on Windows it reads the registry, where any program may have set
# `.js` to text/plain, and a browser then runs no module (HTML, "fetch a single module script").
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".svg": "image/svg+xml",
}


class TypedFiles(StaticFileHandler):
    """Files whose content type is told by the suffix alone, on every system."""

    def get_content_type(self) -> str:
        """Return the type."""
        assert self.absolute_path is not None
        return CONTENT_TYPES.get(Path(self.absolute_path).suffix, "application/octet-stream")

    def set_extra_headers(self, path: str) -> None:
        """Have browsers ask whether a file has changed, and keep to its type."""
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")

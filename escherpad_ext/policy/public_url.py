"""The setting ``public_url``: the server's address as browsers see it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import InvalidOrigin, SettingError
from .origin import Origin
from .setting_kinds import Values


def parse_public_url(name: str, values: Values) -> str:
    """Return the address without a slash at its end. Raises SettingError for anything else."""
    url = values[name]
    if url == "":
        return ""
    if not isinstance(url, str) or origin_of_url(url) is None:
        raise SettingError(
            f"{url!r} is not the address of a server, as https://jupyter.example.edu/user/ana is: "
            "scheme, lower-case host and path, without a query.",
            code="not_a_url",
            setting=name,
        )
    return url.rstrip("/")


def origin_of_url(url: str) -> str | None:
    """Return the origin of an absolute http(s) URL without query, None for anything else."""
    try:
        parts = urlsplit(url)
        origin = Origin.parse(f"{parts.scheme}://{parts.netloc}")
    except (ValueError, InvalidOrigin):
        return None
    plain = origin.scheme in {"http", "https"} and url.startswith(str(origin))
    return str(origin) if plain and not parts.query and not parts.fragment else None

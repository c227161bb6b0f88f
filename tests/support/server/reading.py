"""Ways to read what a server serves."""

from __future__ import annotations

#: Every way to read one file.
READING = (
    "files/{}",
    "view/{}",
    "api/contents/{}",
    "api/contents/{}?content=0",
    "api/contents/{}?type=file&format=base64",
    "api/contents/{}?hash=1&content=0",
    "api/contents/{}/checkpoints",
)

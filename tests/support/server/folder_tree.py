"""A tree of real files with links of every kind, paths to try on it, and a naive oracle."""

from __future__ import annotations

from pathlib import Path
from random import Random
from urllib.parse import quote

#: In every file outside, and nowhere else.
MARK = "only outside"
#: The folder of the grant.
FOLDER = "data/raw"

_INSIDE = ("data/raw/x.txt", "data/raw/sub/y.txt", "data/raw/sub/deep/z.txt", "data/raw/a b.txt")
_OUTSIDE = (
    "top.txt",
    "data/beside.txt",
    "data/raw2/x.txt",
    "data/ra",
    "data/other/x.txt",
    "other/raw/x.txt",
    "other/sub/y.txt",
    "data/Raw/x.txt",
    "DATA/raw/x.txt",
    "../outside.txt",
)
#: Where a link is, and what it says.
_LINKS = {
    "data/raw/in": "sub",
    "data/raw/in.txt": "sub/y.txt",
    "data/raw/out": "../other",
    "data/raw/out.txt": "../beside.txt",
    "data/raw/up": "..",
    "data/raw/away": "../../..",
    "data/raw/nothing": "../missing",
    "data/raw/none": "missing",
    "data/raw/loop": "loop",
    "data/raw/twice": "out",
    "data/raw/sub/back": "../../raw",
    "data/raw/sub/far": "../../../other/sub",
    "data/raw/sub/deep/y.txt": "../../../other/x.txt",
    "data/link": "raw",
    "data/raw/round": "../link/sub",
    "link": "data/raw",
    "other/data": "../data",
}
_NAMES = sorted(
    {part for path in (*_INSIDE, *_OUTSIDE, *_LINKS) for part in path.split("/")}
    | {".", "..", "", "missing", "raw.", "raw ", "RAW", "Data", "ra\u0308w", "x.txt/", "..\\other"}
    | {"r\u0430w", "data\\raw", "x.txt\0", "~", ".hid", "C:", "raw:x", "...", "%2e%2e", "%2f"}
)


def build(root: Path) -> None:
    """Make the tree; names that a file system takes for others are the first one's."""
    for path in (*_INSIDE, *_OUTSIDE):
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.write_text(f"inside: {path}" if path in _INSIDE else f"{MARK}: {path}")
    for path, target in _LINKS.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
        assert not (root / FOLDER / "missing").exists()


def any_path(random: Random) -> str:
    """Return a path: one that there is, with changes, or any names one after the other."""
    if random.random() < 0.3:
        return "/".join(random.choices(_NAMES, k=random.randint(1, 5)))
    parts = random.choice((*_INSIDE, *_OUTSIDE, *_LINKS, FOLDER)).split("/")
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        at = random.randrange(len(parts) + 1)
        change = random.randrange(4)
        if change == 0:
            parts.insert(at, random.choice(_NAMES))
        elif change == 1 and at < len(parts):
            parts[at] = random.choice((str.upper, str.title, str.swapcase))(parts[at])
        elif change == 2 and at < len(parts):
            parts[at] = random.choice(_NAMES)
        else:
            parts[at:at] = random.choice((["sub", ".."], ["up", "raw"], ["in"], ["back"]))
    return "/".join(parts)


def encoded(path: str, random: Random) -> str:
    """Return a path as an address may spell it; now and then a letter is encoded for no reason."""

    def spelt(letter: str) -> str:
        if letter == "/":
            return random.choice(("/", "/", "/", "%2F", "%2f"))
        if random.random() < 0.1:
            return "".join(f"%{byte:02x}" for byte in letter.encode())
        return quote(letter, safe="")

    return "".join(map(spelt, path))


def is_inside(root: Path, path: str) -> bool:
    """Return whether a path is in the folder, by looking at one name after the other.

    As it is written, it must begin with the folder's names; what is missing is where its name says.
    """
    parts, folder = path.split("/"), FOLDER.split("/")
    if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
        return False
    if len(parts) <= len(folder):
        return False
    if not _is_same_name(root, parts[: len(folder)], folder):
        return False
    found, home = _follow(root, parts), _follow(root, folder)
    return found is not None and home is not None and found[: len(home)] == home


def _is_same_name(root: Path, parts: list[str], folder: list[str]) -> bool:
    for part, name in zip(parts, folder, strict=True):
        names = [each.name for each in root.iterdir()] if root.is_dir() else []
        if part != name and (part in names or not (root / part).exists()):
            return False
        root = root / name
    return True


def _follow(root: Path, parts: list[str]) -> list[str] | None:
    """Return the names on the way from the top to what a path leads to; None if it goes round."""
    way, left, links = list(root.parts), [*parts], 0
    while left:
        name = left.pop(0)
        if name in {".", ""}:
            continue
        if name == "..":
            way.pop()
            continue
        place = Path(*way, name)
        if place.is_symlink():
            links += 1
            if links > 40:
                return None
            left[:0] = place.readlink().parts
            continue
        way.append(name)
    return way

"""Make of each .po file the .json that JupyterLab reads: ``python compile_translations.py``.

It needs Babel, which comes with JupyterLab. The .json files are committed, so that an installation
needs neither.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

DOMAIN = "escherpad_ext_lab"
LOCALES = Path(__file__).parent / DOMAIN / "locale"


def compiled(file: Path) -> dict[str, Any]:
    """Return what JupyterLab reads, from the catalogue in a .po file."""
    with file.open("rb") as stream:
        catalogue = read_po(stream, abort_invalid=True)
    header = {
        "domain": DOMAIN,
        "language": file.parts[-3].replace("_", "-"),
        "plural_forms": catalogue.plural_forms,
    }
    texts = {}
    for message in catalogue:
        if message.pluralizable:
            texts[message.id[0]] = list(message.string)
        elif message.id:
            texts[message.id] = [message.string]
    return {"": header, **texts}


def written(file: Path) -> str:
    """Return the text of the .json file that belongs to a .po file."""
    return json.dumps(compiled(file), ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Write all of them."""
    for file in LOCALES.glob("*/LC_MESSAGES/*.po"):
        file.with_suffix(".json").write_text(written(file), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

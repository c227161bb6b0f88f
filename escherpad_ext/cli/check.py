"""``jupyter escherpad check``: find out why a site cannot connect."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..console import output_width
from ..errors import EscherpadError
from ..policy.resource_paths import is_path_scope
from ..policy.scopes import expand
from .help_format import HelpFormatter

if TYPE_CHECKING:
    from ..check.run import CheckRequest, Reader

EXAMPLES = """\
examples:
  jupyter escherpad check https://www.escherpad.com
  jupyter escherpad check https://www.escherpad.com --server https://lab.example
  jupyter escherpad check https://www.escherpad.com --token - --scope run
  jupyter escherpad check https://www.escherpad.com --scope mcp:execute
  jupyter escherpad check --explain-config

The command sends your running servers, or the one that you name, the requests
that a page of that origin would send. It prints the cause of a problem and its
fix. It changes nothing.

With `--token -`, the token is read from standard input. If you write the token
itself, every user of this machine can see it while the command runs.

exit status: 0 healthy, 1 something is wrong, 2 usage error
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``check``."""
    parser = subparsers.add_parser(
        "check",
        help="find out why a site cannot use your server, and the fix",
        description="Find out why a web application cannot use your Jupyter server, "
        "and how to fix it.",
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "origin",
        nargs="?",
        metavar="ORIGIN",
        help="the origin of the site, such as https://www.escherpad.com",
    )
    parser.add_argument(
        "--server",
        metavar="URL",
        help="the server's address in the browser (default: all your running servers)",
    )
    parser.add_argument("--token", help="the site's token; - reads it from standard input")
    parser.add_argument(
        "--scope",
        action="append",
        help="the bundles or scopes that the site needs; can be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument(
        "--explain-config",
        action="store_true",
        help="show each setting with its value, source and meaning",
    )
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if nothing is wrong, 1 if something is, 2 for a usage error."""
    if arguments.origin is None and not arguments.explain_config:
        arguments.parser.error("write the origin of the site, or --explain-config")
    try:
        request = _check_request(arguments) if arguments.origin is not None else None
    except EscherpadError as mistake:
        sys.stderr.write(f"jupyter escherpad check: {mistake}\n")
        return 2
    try:
        status = _answer(request, arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes at exit
        return 1
    return status


def _answer(request: CheckRequest | None, arguments: argparse.Namespace) -> int:
    """Explain, check, or both: one JSON object, or one text after the other."""
    from ..check.run import Reader  # noqa: PLC0415

    reader, found = Reader(), dict[str, Any]()
    status = 0
    if arguments.explain_config:
        status = _explain(reader, found if arguments.json else None)
    if request is not None:
        found = {"configuration": found} if found else {}
        status = _check(request, reader, found if arguments.json else None)
    if arguments.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return status


def _check_request(arguments: argparse.Namespace) -> CheckRequest:
    from ..check.address import Address  # noqa: PLC0415
    from ..check.run import CheckRequest  # noqa: PLC0415

    address, token = None, None
    if arguments.server is not None:
        address, token = Address.parse(arguments.server)
    if arguments.token is not None:
        token = sys.stdin.readline() if arguments.token == "-" else arguments.token  # noqa: S105
    return CheckRequest(arguments.origin, address, _checked(token), _scopes(arguments.scope or ()))


def _scopes(texts: Iterable[str]) -> frozenset[str]:
    """Return the scopes that are named; those of paths may be known to the server alone."""
    named = " ".join(texts).split()
    return expand(named, tuple(filter(is_path_scope, named))) if named else frozenset()


def _checked(token: str | None) -> str | None:
    token = (token or "").strip()
    if any(not "!" <= character <= "~" for character in token):
        raise EscherpadError(
            "This is not a token. Tokens have no spaces and only ASCII characters.", code="token"
        )
    return token or None


def _check(request: CheckRequest, reader: Reader, found: dict[str, Any] | None) -> int:
    """Write the report, or put it into ``found``."""
    from ..check import report  # noqa: PLC0415
    from ..check.run import examine  # noqa: PLC0415

    reports = examine(request, reader)
    if found is not None:
        found.update(report.as_json(request.origin, reports))
    else:
        _write(report.as_text(request.origin, reports, output_width()))
    if any(each.is_misuse for each in reports):
        return 2
    return 0 if all(each.is_healthy for each in reports) else 1


def _explain(reader: Reader, found: dict[str, Any] | None) -> int:
    """Write the explanation, or put it into ``found``."""
    from ..check import config_report  # noqa: PLC0415
    from ..check.run import configuration_of  # noqa: PLC0415
    from ..check.servers import running_servers  # noqa: PLC0415

    configuration = reader.read()
    servers = configuration_of(running_servers()[0], reader)
    if found is not None:
        found.update(config_report.as_json(configuration, servers))
    else:
        _write(config_report.as_text(configuration, servers))
    return 1 if configuration.unread or configuration.mistakes else 0


def _write(lines: Iterable[str]) -> None:
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")  # the console cannot show a character
    sys.stdout.writelines(f"{line}\n" for line in lines)

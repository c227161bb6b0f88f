"""What can be wrong with a program that asks to connect: rows of the table of problems. Pure."""

from __future__ import annotations

from types import MappingProxyType

from .problem_row import Problem

OF_PROGRAMS = MappingProxyType(
    {
        "programs_off": Problem(
            403,
            "Programs cannot connect",
            "The owner of this server has switched connecting off for programs.",
            "To switch it on, add this line to jupyter_server_config.py and restart the server.",
        ),
        "unknown_program": Problem(
            400,
            "This program is not known",
            "This server has not registered the program, or the key for that was deleted.",
            "Have the program register again: remove what it saved of this server.",
        ),
        "documents_off": Problem(
            403,
            "This program has to register",
            "This server reads no documents of programs.",
            "Use a program that registers. To have documents read, add this line to "
            "jupyter_server_config.py and restart the server.",
        ),
        "client_document": Problem(
            400,
            "This program cannot be looked up",
            "The document that describes the program, {url}, cannot be used. {reason}",
            "Connect again: after a failure of the network, programs are asked to register "
            "instead.",
        ),
        "program_redirect_uri": Problem(
            400,
            "This program's request is not valid",
            "The redirect_uri {redirect_uri!r} is none that the program registered.",
            "The author of the program has to send one that is registered, on any port of "
            "http://127.0.0.1, http://[::1] or http://localhost.",
        ),
        "device_ended": Problem(
            400,
            "This request has ended",
            "The program's request is too old, was decided already, or the server was restarted.",
            "Start the program again.",
        ),
        "guesses": Problem(
            429,
            "Too many wrong codes",
            "Too many codes were typed that no program waits with.",
            "Wait ten minutes. Then start the program again, and type the code that it shows.",
        ),
    }
)

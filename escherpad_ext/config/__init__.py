"""One reader of configuration, for the server, ``check`` and the commands.

``files`` and ``arguments`` find what was written, ``applications`` knows which files Jupyter reads
besides its own, ``reader`` puts it together as a start of the server would, and ``resolve`` says
what it means. ``traits`` makes traits of the settings, ``user_file`` is the file that ``allow``
edits.
"""

"""One reader of configuration, for the server, ``check`` and the commands.

``files`` and ``arguments`` read what was written. ``applications`` knows which other files Jupyter
reads, ``reader`` combines everything as the server does at its start, and ``resolve`` interprets
it. ``traits`` turns the settings into traits. ``user_file`` is the file that ``allow`` edits.
"""

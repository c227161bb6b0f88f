"""The demo: a Jupyter server, and a sample client on another origin.

`run` starts both, `jupyter` makes the server, `opening` adds its links to the client, and `page`
serves the files in ``client/``. These files are also the reference for writing your own client.
"""

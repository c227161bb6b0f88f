"""The demo: a Jupyter server, and the sample client on an origin of its own.

`run` puts it together, `jupyter` is the server, `opening` its links that lead to the client,
`page` serves the files in ``client/``, which are written to be read as the reference for a
client of one's own.
"""

"""Connect: a token without copy and paste. OAuth 2.1: code with PKCE, for public clients.

``clients``, ``asking`` and ``metadata`` are pure; ``authorization`` and ``validator`` are
oauthlib's mechanics, hardened; ``pages`` are for the owner and ``endpoints`` for clients; ``mount``
puts all of it together.
"""

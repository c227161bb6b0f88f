"""Connect: an OAuth 2.1 authorization server, so that nobody copies a token.

Sites are public clients and use the authorization code flow with PKCE. ``handlers`` has a module
for each endpoint and each of the owner's pages. The flow through the other modules:

- ``authorization_request`` and ``clients`` check what a site sends.
- ``pending_requests`` and ``forms`` keep it while the owner decides.
- ``authorization_server`` and ``validator`` run oauthlib's protocol.
- ``app_grants`` issues and ends the grants.
"""

"""Adapters: what the policy decides, carried out in tornado and jupyter_server."""

"""Jupyter servers behind real reverse proxies, as docs/proxies.md has them."""

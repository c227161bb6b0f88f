"""Blocked sites in the registry."""

from __future__ import annotations

from pathlib import Path

from escherpad_ext.grants.registry import FILE_NAME, Registry

SITE, OTHER = "https://site.example", "https://other.example"


def test_each_owner_has_a_list(tmp_path: Path) -> None:
    """Also in a folder that several people share. Other processes see it at once."""
    path = tmp_path / FILE_NAME
    with Registry(path) as registry, Registry(path) as elsewhere:
        assert registry.blocked.list("ana") == []
        assert not path.exists()
        for origin in (SITE, OTHER, SITE):
            registry.blocked.add("ana", origin)
        assert elsewhere.blocked.list("ana") == [OTHER, SITE]
        assert elsewhere.blocked.list("ben") == []
        assert elsewhere.blocked.has("ana", SITE)
        assert not elsewhere.blocked.has("ben", SITE)
        elsewhere.blocked.remove("ben", SITE)
        elsewhere.blocked.remove("ana", OTHER)
        assert registry.blocked.list("ana") == [SITE]

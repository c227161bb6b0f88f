"""Which IP addresses are on the public internet, and not in somebody's own network. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

#: IPv6 addresses that are assigned to networks (RFC 4291, 2.4). All others are refused: loopback,
#: link-local, unique local, those with an IPv4 address in them (mapped, compatible, NAT64).
_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # RFC 6598, shared by carriers
        "127.0.0.0/8",
        "169.254.0.0/16",  # also where clouds tell secrets
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast and reserved
        "2001::/23",  # Teredo and others for special purposes
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
# ISATAP (RFC 5214, 6.1): such an interface leads into an IPv4 network.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def is_public(text: str) -> bool:
    """Return whether an address, as ``getaddrinfo`` returns it, is a public one."""
    try:
        address = ip_address(text)  # one with a scope is not public
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        return _is_public_ipv6(address)
    return _is_in_no_special_network(address)


def _is_public_ipv6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _UNICAST:
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP and _is_in_no_special_network(address)


def _is_in_no_special_network(address: IPv4Address | IPv6Address) -> bool:
    return not any(address in network for network in _NOT_PUBLIC) and address.is_global

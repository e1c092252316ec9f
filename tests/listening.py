"""Who waits for connections from other machines: sockets that listen at an address beyond loopback."""

from ipaddress import ip_address
from pathlib import Path

import psutil

TABLES = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]  # of all sockets: only Linux has them
LISTENS = "0A"  # in these tables
LOOPBACK = ("7F", "00000000000000000000000001000000")  # the end of 127.*.*.*, whose bytes stand backward; and ::1


def beyond_loopback(processes):
    """Return the addresses beyond loopback, such as "0.0.0.0:8888", at which these psutil processes listen."""
    found = set()
    for process in processes:
        try:
            sockets = process.net_connections("tcp")
        except psutil.Error:  # it has ended
            continue
        found |= {
            f"{socket.laddr.ip}:{socket.laddr.port}"
            for socket in sockets
            if socket.status == psutil.CONN_LISTEN and not is_loopback(socket.laddr.ip)
        }
    return found


def is_loopback(address):
    """Return whether only this machine reaches an IP address, given as text."""
    address = ip_address(address)
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def any_beyond_loopback():
    """Return the numbers of all sockets of this machine that listen beyond loopback, whoever has them. Linux only.

    This is quick: to find out who has a socket takes a look at each file that a process has open.
    """
    numbers = set()
    for table in TABLES:
        if table.exists():
            lines = [line.split() for line in table.read_text().splitlines()[1:]]
            numbers |= {
                line[9] for line in lines if line[3] == LISTENS and not line[1].partition(":")[0].endswith(LOOPBACK)
            }
    return numbers

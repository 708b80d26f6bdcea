"""The Redis URL of Quorate's nodes (docs/redis.md has its forms), taken apart.

What is wrong with one is told in the nodes' words, and never with a part of it: a password may be anywhere in it.
"""

import re
import socket
from dataclasses import dataclass, field

WANTED = (
    "write redis://host:6379/0, rediss://host:6379/0 (TLS), unix:///path/of/socket, "
    "redis+sentinel://host1,host2/master or redis+cluster://host1,host2"
)
SCHEMES = {
    "redis://": "server",
    "rediss://": "server",
    "unix://": "socket",
    "redis+sentinel://": "sentinel",
    "rediss+sentinel://": "sentinel",
    "redis+cluster://": "cluster",
    "rediss+cluster://": "cluster",
}
OF_ALL = ["password-file", "password-env", "name", "database"]
OF_TLS = ["ca", "cert", "key", "server_name", "tls_min"]
OF_SENTINELS = ["sentinel-user", "sentinel-password-file", "sentinel-password-env"]


class URLError(ValueError):
    """What is wrong, and what to do about it."""


def wrong(what, remedy):
    raise URLError(f"{what}; {remedy}")


@dataclass
class RedisURL:
    kind: str  # server, socket, sentinel or cluster
    is_secure: bool
    hosts: list = field(default_factory=list)  # (host, port): the server, the Sentinels, or servers of the cluster
    path: str = ""  # of a unix socket
    master: str = ""
    database: int = 0
    user: str | None = None
    password: str | None = None
    items: dict = field(default_factory=dict)  # what stands behind the ?


def decoded(text):
    try:
        if re.search(r"%(?![0-9a-fA-F]{2})", text):
            raise ValueError
        return re.sub(rb"%(..)", lambda two: bytes([int(two[1], 16)]), text.encode()).decode()
    except ValueError:
        wrong(
            "the Redis URL has a % without two hexadecimal digits, or is not UTF-8 once they are decoded",
            "write %25 for a % itself",
        )


def is_address(text, families=(socket.AF_INET, socket.AF_INET6)):
    for family in families:
        try:
            return bool(socket.inet_pton(family, text))
        except (OSError, ValueError):
            pass
    return False


def is_name(text):
    is_made_of_letters = re.fullmatch(r"[0-9A-Za-z_][0-9A-Za-z._-]{0,252}", text)
    # Digits and dots alone would be a misspelt address.
    return bool(is_made_of_letters and ".." not in text and re.search(r"[A-Za-z_-]", text))


def host_and_port(text, default_port):
    """None: it is neither host, host:port, [ipv6] nor [ipv6]:port."""
    if in_brackets := re.fullmatch(r"\[([^\]]*)\](?::(.*))?", text):
        host, port = in_brackets.groups()
        if not is_address(host, [socket.AF_INET6]):
            return None
    elif is_address(text):
        host, port = text, None
    else:
        host, colon, port = text.rpartition(":")
        host, port = (host, port) if colon else (text, None)
        if not is_address(host) and not is_name(host):
            return None
    if port is None:
        return host, default_port
    return (host, int(port)) if re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535 else None


def list_of_hosts(text, default_port):
    hosts = []
    for number, one in enumerate(text.split(","), 1):
        place = f"host {number} of the Redis URL"
        if not one:
            wrong(f"{place} is empty", "write a host, or leave the comma away")
        if one.startswith("unix:"):
            wrong(f"{place} is a unix socket", "write host:port: others must reach it too")
        host = host_and_port(one, default_port)
        if host is None:
            wrong(f"{place} is no good host and port", f"write it like host:{default_port}")
        if host in hosts:
            wrong(f"{place} is host {hosts.index(host) + 1} again", "name each once")
        hosts.append(host)
    return hosts


def put_place(url, hosts, path):
    """Returns the database in the path; empty: there is none."""
    if url.kind == "socket":
        if hosts or len(path) < 2:
            wrong("the Redis URL has no path of a socket", WANTED)
        url.path = decoded(path)
        return ""
    if url.kind == "server":
        if "," in hosts:
            wrong("the Redis URL has several hosts", "name one, or begin with redis+sentinel:// or redis+cluster://")
        host = host_and_port(hosts, 6379) or wrong("the Redis URL has no good host and port", WANTED)
        url.hosts = [host]
        return path[1:]
    if url.kind == "cluster":
        url.hosts = list_of_hosts(hosts, 6379)
        if path not in ("", "/"):
            wrong(
                "the Redis URL has a path behind the hosts of a Redis Cluster, which has only database 0",
                "leave the path away",
            )
        return ""
    url.hosts = list_of_hosts(hosts, 26379)
    master, *rest = path[1:].split("/")
    if not master:
        wrong(
            "the Redis URL does not name the master that the Sentinels watch",
            "write it behind the hosts, like redis+sentinel://host1,host2/mymaster/0",
        )
    if len(rest) > 1:
        wrong(
            "the path of the Redis URL has more than a master's name and a database",
            "write it like redis+sentinel://host1,host2/mymaster/0",
        )
    url.master = decoded(master)
    if not re.fullmatch(r"[!-~]+", url.master):
        wrong(
            "the master's name in the Redis URL has a space, a control character or a letter beyond ASCII",
            "write the name that `sentinel monitor` gives it",
        )
    return rest[0] if rest else ""


def put_credentials(url, text):
    user, colon, password = text.partition(":")
    if not colon:
        wrong("before the @ of the Redis URL stands neither user:password nor :password", "put a colon before it")
    url.user = decoded(user) or None
    url.password = decoded(password) or None


def put_items(url, query):
    known = OF_ALL + (OF_TLS if url.is_secure else []) + (OF_SENTINELS if url.kind == "sentinel" else [])
    for item in filter(None, query.split("&")):
        name, _, value = item.partition("=")
        if name in OF_TLS and not url.is_secure:
            is_socket = url.kind == "socket"
            wrong(
                f"the Redis URL has {name}= without TLS",
                "leave it away: a unix socket has no TLS"
                if is_socket
                else "begin the URL with rediss, or leave it away",
            )
        if name in OF_SENTINELS and url.kind != "sentinel":
            wrong(
                f"the Redis URL has {name}= and names no Sentinel",
                "begin the URL with redis+sentinel:// or rediss+sentinel://, or leave it away",
            )
        if name not in known:
            *names, last = [f"{one}=" for one in known]
            wrong("the Redis URL has something unknown after its ?", f"write only {', '.join(names)} or {last}")
        if name in url.items:
            wrong(f"the Redis URL has {name}= twice", "leave one away")
        url.items[name] = decoded(value)
        if not url.items[name] or "\0" in url.items[name]:
            wrong(f"the Redis URL has nothing of use after {name}=", "write a value, or leave it away")


def check_tls(items):
    if ("cert" in items) != ("key" in items):
        has, lacks = ("cert", "key") if "cert" in items else ("key", "cert")
        wrong(f"the Redis URL has {has}= without {lacks}=", "give both, or neither")
    name = items.get("server_name")
    if name is not None and not is_address(name) and not is_name(name):
        wrong(
            "server_name= of the Redis URL is neither a host's name nor an IP address",
            "write a name that the server's certificate is for",
        )
    if items.get("tls_min", "1.2") not in ("1.2", "1.3"):
        wrong("tls_min= of the Redis URL is no version of TLS", "write 1.2 or 1.3")


def put_database(url, in_path):
    item = url.items.get("database")
    if in_path and item:
        wrong("the Redis URL has two databases", "leave one away")
    text = item or in_path
    if text and not re.fullmatch(r"[0-9]{1,5}", text):
        wrong("the database of the Redis URL is not a number", "write one, like 0")
    url.database = int(text or 0)
    if url.kind == "cluster" and url.database:
        wrong(
            "the Redis URL has another database than 0, and a Redis Cluster has no other",
            "leave database= away; clusters are kept apart by their namespaces",
        )


def check_passwords(url):
    items = url.items
    for prefix in ("", "sentinel-"):
        if f"{prefix}password-file" in items and f"{prefix}password-env" in items:
            wrong(f"the Redis URL has both {prefix}password-file= and {prefix}password-env=", "leave one away")
    if url.password and ("password-file" in items or "password-env" in items):
        wrong("the Redis URL has two passwords", "leave all but one away")
    if "sentinel-user" in items and not ("sentinel-password-file" in items or "sentinel-password-env" in items):
        wrong(
            "the Redis URL has sentinel-user= without a password",
            "give sentinel-password-file= or sentinel-password-env=",
        )


def parsed(text):
    """Raises URLError."""
    prefix = next((one for one in SCHEMES if text.startswith(one)), None)
    if prefix is None:
        wrong(
            "the Redis URL does not begin with redis://, rediss://, unix:// or one of redis+sentinel://, "
            "rediss+sentinel://, redis+cluster:// and rediss+cluster://",
            WANTED,
        )
    if not re.fullmatch(r"[!-~]*", text):
        wrong("the Redis URL has spaces, control characters or letters beyond ASCII in it", "percent-encode them")
    url = RedisURL(SCHEMES[prefix], is_secure=prefix.startswith("rediss"))
    rest, _, query = text[len(prefix) :].partition("?")
    # A slash may stand in a password, but before the path of a socket; an @ may stand in that path.
    before = rest.partition("/")[0] if url.kind == "socket" else rest
    credentials, at, _ = before.rpartition("@")
    hosts, slash, path = rest[len(credentials) + len(at) :].partition("/")
    in_path = put_place(url, hosts, slash + path)
    if at:
        put_credentials(url, credentials)
    put_items(url, query)
    if url.is_secure:
        check_tls(url.items)
    put_database(url, in_path)
    check_passwords(url)
    return url

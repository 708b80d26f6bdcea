"""Dials the Redis of Quorate's nodes, whatever their URL names: a server, a primary behind Sentinels, a Redis Cluster.

    pip install redis

The library must not make a lost connection again by itself: it would not tell that messages are missing.
"""

import os
import random
import ssl
from collections import Counter

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.credentials import CredentialProvider
from redis.exceptions import RedisClusterException
from redis.retry import Retry

import quorate_url

# Seconds, for a connection and for each answer.
TIMEOUT = 5
SENTINEL_TIMEOUT = 1
# How often a command follows a slot of a Redis Cluster that has moved.
MOST_HOPS = 5

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

# What is caught where a connection is of no more use.
ERRORS = (redis.RedisError, RedisClusterException, OSError)


class Password(CredentialProvider):
    """Read again for each connection, so that a changed one is taken up."""

    def __init__(self, user, text, file, variable):
        self.user, self.text, self.file, self.variable = user, text, file, variable

    def get_credentials(self):
        if self.file is not None:
            try:
                with open(self.file, encoding="utf-8") as lines:
                    text = lines.readline(65536).rstrip("\r\n")
            except OSError as error:
                raise redis.ConnectionError(f"the password file {self.file}: {error.strerror}") from None
            if not text:
                raise redis.ConnectionError(f"the password file {self.file} has an empty first line")
        elif self.variable is not None:
            if self.variable not in os.environ:
                raise redis.ConnectionError(f"the variable {self.variable} is not set")
            text = os.environ[self.variable]
        else:
            text = self.text
        return (self.user, text) if self.user else (text,)


def login(url, prefix=""):
    """Of the servers, or of the Sentinels. None: nothing is said, as without a password."""
    file, variable = url.items.get(f"{prefix}password-file"), url.items.get(f"{prefix}password-env")
    user, text = (url.items.get("sentinel-user"), None) if prefix else (url.user, url.password)
    return Password(user, text, file, variable) if text or file or variable else None


def secured(items):
    """A kind of connection in TLS. Certificates are always verified, and files read again for each connection."""

    class Secured(redis.SSLConnection):
        # The library has no option for another name than the host's, and adds the file to the system's certificates.
        def _wrap_socket_with_ssl(self, sock):
            context = ssl.create_default_context(cafile=items.get("ca"))
            context.minimum_version = VERSIONS[items.get("tls_min", "1.2")]
            if "cert" in items:
                context.load_cert_chain(items["cert"], items["key"])
            return context.wrap_socket(sock, server_hostname=items.get("server_name", self.host))

    return Secured


class Source:
    """Where Redis is. `dial` gives a client that was just connected; it is asked again after each loss."""

    def __init__(self, text):
        """Raises quorate_url.URLError."""
        self.url = quorate_url.parsed(text)
        self.database = self.url.database
        self.kind = secured(self.url.items) if self.url.is_secure else redis.Connection
        self.options = {
            "credential_provider": login(self.url),
            "client_name": self.url.items.get("name"),
            "decode_responses": True,
            "socket_timeout": TIMEOUT,
        }
        self.at = None  # of the primary, or the last server of the cluster that was subscribed at

    def dial(self):
        """Raises one of ERRORS."""
        if self.url.kind == "cluster":
            return self.cluster()
        if self.url.kind == "socket":
            return self.server(path=self.url.path, kind=redis.UnixDomainSocketConnection)
        self.at = self.primary() if self.url.kind == "sentinel" else self.url.hosts[0]
        return self.server(host=self.at[0], port=self.at[1], kind=self.kind)

    def subscription(self, client):
        """Of a Redis Cluster at any server: each passes on all messages. At another one than the last time."""
        if self.url.kind != "cluster":
            return client.pubsub()
        nodes = {(node.host, node.port): node for node in client.get_nodes()}
        self.at = random.choice([place for place in nodes if place != self.at] or [self.at])
        return client.pubsub(node=nodes[self.at])

    def check(self):
        """Raises where the Sentinels have another primary by now: one that was deposed may go on answering."""
        if self.url.kind != "sentinel":
            return
        try:
            place = self.primary()
        except redis.ConnectionError:
            return  # who does not answer tells nothing
        if place != self.at:
            now = f"{self.url.master} is at {place[0]}:{place[1]}"
            raise redis.ConnectionError(f"the Sentinels have another primary: {now}")

    def server(self, kind, **place):
        check = is_primary if self.url.kind == "sentinel" else None
        pool = redis.ConnectionPool(
            connection_class=kind,
            db=self.database,
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=check,
            **place,
            **self.options,
        )
        return redis.Redis.from_pool(pool)

    def cluster(self):
        (host, port), *others = random.sample(self.url.hosts, len(self.url.hosts))
        return RedisCluster(
            url=f"redis://{quote(host)}:{port}",
            startup_nodes=[ClusterNode(*other) for other in others],
            connection_class=self.kind,
            require_full_coverage=False,
            retry=Retry(NoBackoff(), MOST_HOPS),
            **self.options,
        )

    def primary(self):
        """What most of the Sentinels that answer say. The library's own Sentinel believes the first one."""
        said, errors = Counter(), []
        for host, port in self.url.hosts:
            try:
                said[self.ask_sentinel(host, port)] += 1
            except redis.AuthenticationError as error:
                errors.append(f"{error}; see sentinel-user= and sentinel-password-file= in the URL")
            except redis.RedisError as error:
                errors.append(str(error))
            if said and said.most_common(1)[0][1] * 2 > len(self.url.hosts):
                break
        if not said:
            raise redis.ConnectionError(f"no Sentinel answers: {', '.join(errors)}")
        place, count = said.most_common(1)[0]
        if count * 2 <= said.total():
            raise redis.ConnectionError(f"the Sentinels do not agree where {self.url.master} is")
        if place is None:
            raise redis.ConnectionError(f"the Sentinels watch no master called {self.url.master}; see the URL")
        return place

    def ask_sentinel(self, host, port):
        pool = redis.ConnectionPool(
            connection_class=self.kind,
            host=host,
            port=port,
            credential_provider=login(self.url, "sentinel-"),
            socket_timeout=SENTINEL_TIMEOUT,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
        )
        with redis.Redis.from_pool(pool) as sentinel:
            return sentinel.sentinel_get_master_addr_by_name(self.url.master)


def quote(host):
    return f"[{host}]" if ":" in host else host


def is_primary(connection):
    """Of each new connection, so that none reads at a replica or at an old primary that knows of its end."""
    connection.on_connect()
    connection.send_command("ROLE")
    if connection.read_response()[0] != "master":
        raise redis.ConnectionError(f"{connection.host}:{connection.port} is no primary any more")

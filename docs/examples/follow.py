#!/usr/bin/env python3
"""Follows in Redis what Quorate's nodes have decided of one upstream: one line for each change.

    pip install redis
    python3 follow.py URL NAMESPACE UPSTREAM

The URL is that of the nodes, such as redis://127.0.0.1:6379/0 or redis+sentinel://10.0.0.1,10.0.0.2/mymaster;
quorate_redis.py and quorate_url.py beside this file know all its forms.

The first lines are what holds already. Messages can be lost without an error, so they are used only while their
numbers go on by one; otherwise everything is read again, and what differs is told. Trouble goes to standard error:
that Redis cannot be read and why, or that there is nothing to follow; once, and again when it changes.
"""

import difflib
import json
import sys
import time

import redis

import quorate_redis
import quorate_url

# Seconds: after so much silence the server is asked for a sign of life, and then given up.
ASK_AFTER, DEAD_AFTER = 2, 5
# Seconds between two looks at the head, in case that a message was lost and none came after it.
COMPARE_EVERY = 5

# What a user of Redis needs for this program, and what more by the kind of URL.
RIGHTS = "~quorate:* &quorate:* +@read +subscribe +multi +exec +@connection"
MORE_RIGHTS = {"sentinel": " +role", "cluster": " +cluster|slots"}


class Follower:
    def __init__(self, source, namespace, upstream):
        self.source = source
        self.client = None
        self.namespace = namespace
        # Channels know no database: another one than 0 is a part of their names.
        suffix = "" if source.database == 0 else f":db{source.database}"
        self.channel = f"quorate:{namespace}{suffix}:events"
        self.key = f"quorate:{{{namespace}:{upstream}}}:"
        self.upstream = upstream
        self.peers = {}  # peer -> "up" or "down"
        self.at = None  # (term, run, seq) of the last event that is in peers; None: unknown
        self.told = None  # the trouble that was told last; None: none

    def tell(self, trouble):
        """Each trouble once; None: there is none."""
        if trouble != self.told:
            print(f"follow.py: {trouble or 'following'}", file=sys.stderr, flush=True)
        self.told = trouble

    def follow(self):
        """Returns never; raises one of quorate_redis.ERRORS when the connection is of no more use."""
        self.at = None
        with self.source.dial() as self.client, self.source.subscription(self.client) as subscription:
            subscription.subscribe(self.channel)
            silent_since = compared = time.monotonic()
            while True:
                message = subscription.get_message(timeout=1)
                now = time.monotonic()
                if message is None:
                    if now - silent_since > DEAD_AFTER:
                        raise redis.ConnectionError("nothing is heard any more")
                    if now - silent_since > ASK_AFTER:
                        subscription.ping()
                else:
                    silent_since = now
                    self.hear(message)
                if now - compared > COMPARE_EVERY:
                    compared = now
                    self.source.check()
                    if self.head() != self.at:
                        self.read()
                    # Not at once: an emptied Redis is written again soon.
                    if self.at is None:
                        self.tell(self.missing())
                if self.at is not None:
                    self.tell(None)

    def hear(self, message):
        if message["type"] == "subscribe":
            # Only now: what is published while the hashes are read waits in the subscription.
            self.read()
        elif message["type"] == "message":
            event = json.loads(message["data"])
            if event["upstream"] == self.upstream:
                self.use(event)

    def use(self, event):
        place = (event["term"], event["run"])
        if self.at is None or self.at[:2] != place:
            self.read()
        elif event["seq"] > self.at[2]:
            if event["seq"] == self.at[2] + 1 and event["type"] == "transition":
                self.at = (*place, event["seq"])
                self.put(event["peer"], event["to"], event["reason"])
            else:
                self.read()

    def head(self):
        return place_of(self.client.hmget(self.key + "head", "term", "run", "seq"))

    def read(self):
        with self.client.pipeline(transaction=True) as together:
            together.hgetall(self.key + "status")
            together.hmget(self.key + "head", "term", "run", "seq")
            peers, head = together.execute()
        self.at = place_of(head)
        if self.at is None:
            return  # nothing was decided yet, or Redis has lost it: the last state is kept
        for peer in sorted(self.peers.keys() - peers.keys()):
            self.put(peer, None)
        for peer, status in sorted(peers.items()):
            self.put(peer, status)

    def missing(self):
        """Why there is nothing to follow."""
        prefix = f"quorate:{{{self.namespace}}}:"
        upstreams = sorted(self.client.hkeys(prefix + "upstreams"))
        nodes = sorted(self.client.hkeys(prefix + "members"))
        if not upstreams and not nodes:
            return (
                f'database {self.source.database} has nothing of the namespace "{self.namespace}";'
                " mend NAMESPACE, or the database at the end of the URL"
            )
        if not upstreams:
            return f'the nodes {", ".join(nodes)} check no upstream; give them some with a checker'
        if self.upstream in upstreams:
            return f'nothing has been decided of "{self.upstream}"; quorate nodes tells whether it has a leader'
        near = difflib.get_close_matches(self.upstream, upstreams, n=3) or upstreams[:3]
        more = f" and {len(upstreams) - len(near)} more" if len(upstreams) > len(near) else ""
        return (
            f'no node checks "{self.upstream}"; checked are: {", ".join(near)}{more};'
            " mend UPSTREAM, or give it a checker in the nodes' settings"
        )

    def put(self, peer, status, reason=""):
        if self.peers.get(peer) == status:
            return
        if status is None:
            del self.peers[peer]
        else:
            self.peers[peer] = status
        print(peer, status or "gone", reason, flush=True)


def place_of(head):
    term, run, seq = head
    return (int(term), run, int(seq)) if seq is not None else None


def explained(error, source):
    """The reason and, where somebody has to act, the remedy. Never with a password."""
    if isinstance(error, redis.exceptions.NoPermissionError):
        return f"NOPERM: {error}; a reader needs: ACL SETUSER NAME {RIGHTS}{MORE_RIGHTS.get(source.url.kind, '')}"
    if isinstance(error, redis.exceptions.MovedError):
        return "it is a server of a Redis Cluster; begin the URL with redis+cluster:// or rediss+cluster://"
    if isinstance(error, quorate_redis.RedisClusterException) and "not enabled" in str(error):
        # What the library says of either.
        return f"{error}, or the user may not ask for its slots; a reader needs: ACL SETUSER NAME +cluster|slots"
    if isinstance(error, redis.AuthenticationError):
        return f"{error}; see the user and the password in the URL (redis://USER:PASSWORD@HOST, or password-file=)"
    return str(error)


def main():
    url, namespace, upstream = sys.argv[1:]
    try:
        source = quorate_redis.Source(url)
    except quorate_url.URLError as error:
        sys.exit(f"follow.py: {error}")
    follower = Follower(source, namespace, upstream)
    while True:
        try:
            follower.follow()
        except quorate_redis.ERRORS as error:
            follower.tell(f"Redis cannot be read: {explained(error, source)}")
            time.sleep(1)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main()
    except KeyboardInterrupt:
        pass

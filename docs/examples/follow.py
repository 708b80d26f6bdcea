#!/usr/bin/env python3
"""Follows in Redis what Quorate's nodes have decided of one upstream: one line for each change.

    pip install redis
    python3 follow.py redis://127.0.0.1:6379/0 NAMESPACE UPSTREAM

The first lines are what holds already. Messages can be lost without an error, so they are used only while their
numbers go on by one; otherwise everything is read again, and what differs is told. Trouble goes to standard error:
that Redis cannot be read and why, or that there is nothing to follow; once, and again when it changes.
"""

import difflib
import json
import sys
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# Seconds: after so much silence the server is asked for a sign of life, and then given up.
ASK_AFTER, DEAD_AFTER = 2, 5
# Seconds between two looks at the head, in case that a message was lost and none came after it.
COMPARE_EVERY = 5

# What a user of Redis needs for this program.
RIGHTS = "~quorate:* &quorate:* +@read +subscribe +multi +exec +@connection"


class Follower:
    def __init__(self, client, namespace, upstream):
        self.client = client
        self.namespace = namespace
        database = client.get_connection_kwargs().get("db") or 0
        # Channels know no database: another one than 0 is a part of their names.
        suffix = "" if database == 0 else f":db{database}"
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
        """Returns never; raises redis.RedisError when the connection is of no more use."""
        self.at = None
        with self.client.pubsub() as subscription:
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
            database = self.client.get_connection_kwargs().get("db", 0)
            return (
                f'database {database} has nothing of the namespace "{self.namespace}";'
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


def explained(error):
    """The reason and, where somebody has to act, the remedy. Never with a password."""
    if isinstance(error, redis.exceptions.NoPermissionError):
        return f"NOPERM: {error}; a reader needs: ACL SETUSER NAME {RIGHTS}"
    if isinstance(error, redis.AuthenticationError):
        return f"{error}; see the user and the password in the URL (redis://USER:PASSWORD@HOST)"
    return str(error)


def main():
    url, namespace, upstream = sys.argv[1:]
    # The library must not make a lost connection again by itself: it would not tell that messages are missing.
    client = redis.Redis.from_url(url, decode_responses=True, socket_timeout=5, retry=Retry(NoBackoff(), 0))
    follower = Follower(client, namespace, upstream)
    while True:
        try:
            follower.follow()
        except redis.RedisError as error:
            follower.tell(f"Redis cannot be read: {explained(error)}")
            time.sleep(1)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main()
    except KeyboardInterrupt:
        pass

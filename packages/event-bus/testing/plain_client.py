"""A program that knows nothing but sockets and the NATS client protocol: joins, listens, answers, asks."""

import json
import socket
import sys

host, port, user, password = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
stream = socket.create_connection((host, port), timeout=5).makefile("rwb")


def say(text):
    stream.write(text.encode())
    stream.flush()


def hear():
    """The next thing that is not a PING: ("MSG", subject, sid, reply, payload), or its line."""
    while True:
        words = stream.readline().decode().split(maxsplit=1)
        if not words:
            raise SystemExit("the hub closed the connection")
        if words[0] == "PING":
            say("PONG\r\n")
            continue
        if words[0] != "MSG":
            return (words[0], words[1].strip() if len(words) > 1 else "")
        arguments = words[1].split()
        reply = arguments[2] if len(arguments) == 4 else None
        payload = stream.read(int(arguments[-1]) + 2)[:-2]
        return ("MSG", arguments[0], arguments[1], reply, payload.decode())


kind, info = hear()
assert kind == "INFO" and json.loads(info)["auth_required"] is True, (kind, info)
options = {"verbose": False, "pedantic": True, "lang": "python", "name": "plain", "user": user, "pass": password}
say("CONNECT %s\r\nPING\r\n" % json.dumps(options))
assert hear() == ("PONG", "")

say("SUB plain.double 1\r\nSUB _INBOX.plain.* 2\r\nPING\r\n")
assert hear() == ("PONG", "")
say("PUB plain.ready 5\r\nready\r\n")

# Answers one request.
_, subject, sid, reply, payload = hear()
assert (subject, sid) == ("plain.double", "1"), (subject, sid)
answer = str(int(payload) * 2)
say("PUB %s %d\r\n%s\r\n" % (reply, len(answer), answer))

# Asks one.
say("PUB plain.ask _INBOX.plain.1 2\r\n20\r\n")
_, subject, sid, _, payload = hear()
assert (subject, sid, payload) == ("_INBOX.plain.1", "2", "21"), (subject, sid, payload)

# Is refused what it may not do.
say("PUB others.secret 1\r\nx\r\n")
assert hear() == ("-ERR", "'Permissions Violation for Publish to \"others.secret\"'")
say("SUB others.> 3\r\n")
assert hear() == ("-ERR", "'Permissions Violation for Subscription to \"others.>\"'")
say("PUB plain.done 4\r\ndone\r\nPING\r\n")
assert hear() == ("PONG", "")

"""A module in another language: plain sockets, the NATS client protocol, its own credentials from SKELLY_BUS_URL."""

import json
import os
import socket
from urllib.parse import unquote, urlsplit

SYSTEM = "shop"
url = urlsplit(os.environ["SKELLY_BUS_URL"])
stream = socket.create_connection((url.hostname, url.port), timeout=20).makefile("rwb")


def say(text):
    stream.write(text.encode())
    stream.flush()


def publish(subject, value):
    payload = json.dumps(value)
    say("PUB %s %d\r\n%s\r\n" % (subject, len(payload.encode()), payload))


def hear():
    """The next thing that is not a PING: ("MSG", subject, reply, value), or (verb, rest)."""
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
        return ("MSG", arguments[0], reply, json.loads(stream.read(int(arguments[-1]) + 2)))


def note(kind, what):
    with open("python.notes", "a") as notes:
        notes.write(json.dumps([kind, what]) + "\n")


assert hear()[0] == "INFO"
options = {"verbose": False, "pedantic": False, "lang": "python", "user": unquote(url.username), "pass": url.password}
say("CONNECT %s\r\nPING\r\n" % json.dumps(options))
assert hear() == ("PONG", "")
for sid, subject in enumerate(["plain.double", "plain.news", "skelly.%s.lifecycle.*" % SYSTEM], 1):
    say("SUB %s %d\r\n" % (subject, sid))

# What its permissions do not allow is refused by name, and the connection lives on.
publish("others.secret", 1)
note("refused", hear()[1])
say("SUB others.> 9\r\n")
note("refused", hear()[1])
publish("skelly.%s.lifecycle.plain" % SYSTEM, {"to": "running"})
note("refused", hear()[1])
say("PING\r\n")
assert hear() == ("PONG", "")
print("listening", flush=True)

while True:
    said = hear()
    if said[0] != "MSG":
        continue
    _, subject, reply, value = said
    if subject == "plain.double":
        publish(reply, value * 2)
    elif subject == "plain.news":
        publish("plain.echo", {"heard": value})
    else:
        note("lifecycle", [subject, value["module"], value["from"], value["to"]])

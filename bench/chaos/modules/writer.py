# writer.py: the same module in Python. See writer.c.
import fcntl, os, resource, signal, sys, time

folder, name = os.environ["CHAOS_DIR"], os.environ["CHAOS_ID"]
incarnation = os.environ["SKELLY_INCARNATION"].rsplit("/", 1)[1]


def book(what):
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    fd = os.open(f"{folder}/book", os.O_WRONLY | os.O_APPEND)
    os.write(fd, f"{what} {name} {incarnation} {os.getpid()} {now:.2f}\n".encode())
    os.close(fd)


def end(*_):
    book("E")
    os._exit(0)


def hide():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.setsid()
    while True:
        time.sleep(1)


def obey():
    path = f"{folder}/orders/{name}"
    try:
        with open(path) as file:
            words = file.read().split()
        os.unlink(path)
    except FileNotFoundError:
        return
    what = words[0] if words else ""
    if what == "exit":
        book("E")
        os._exit(int(words[1]))
    if what == "fork" and os.fork() == 0:
        hide()
    if what == "bomb":
        for _ in range(12):
            if os.fork() == 0:
                hide()
    if what == "deaf":
        while True:
            pass
    if what == "handles":
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        held = []
        while True:
            held.append(open("/dev/null"))


signal.signal(signal.SIGTERM, end)
lock = os.open(f"{folder}/locks/{name}", os.O_RDWR | os.O_CREAT, 0o600)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    book("S")
except BlockingIOError:
    book("D")
count = os.open(f"{folder}/count/{name}.{incarnation}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
n, again, told = 1, False, False


def write(text):
    try:
        return os.write(1, text.encode()) == len(text)
    except OSError:
        return False


while True:
    text = f"{chr(10) if again else ''}chaos {name} {incarnation} {n} {'r' if again else ''}.\n"
    again = not write(text)
    if not again:
        os.write(count, b".")
        n += 1
    told = told or write("\nready\n")
    with open(f"{folder}/beat/{name}", "w"):
        pass
    obey()
    time.sleep(0.1)

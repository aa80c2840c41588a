// writer.c: a module in C. Numbers its lines, keeps its life on record, and does what it is ordered to.
// Everything that counts is one write(2): what is on record has happened.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *folder, *id, *incarnation;
static volatile sig_atomic_t ending;

static char *in(const char *kind, const char *name) {
  char *path;
  return asprintf(&path, "%s/%s/%s", folder, kind, name) < 0 ? NULL : path;
}

static void book(const char *what) {
  char *path, line[200];
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  int length = snprintf(line, sizeof line, "%s %s %s %d %ld.%02ld\n", what, id, incarnation,
                        (int)getpid(), (long)now.tv_sec, now.tv_nsec / 10000000L);
  if (asprintf(&path, "%s/book", folder) < 0) return;
  int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd >= 0 && write(fd, line, (size_t)length) == length) close(fd);
  free(path);
}

static void on_term(int signal) { (void)signal; ending = 1; }

static void rest(long ms) {
  struct timespec wait = {ms / 1000, ms % 1000 * 1000000L};
  nanosleep(&wait, NULL);
}

// Ignores what it may, leaves session and group, and forgets its environment every second time.
static void hide(void) {
  for (int s = 1; s < 32; s++) signal(s, SIG_IGN);
  setsid();
  char *argv[] = {"chaos-hidden", "hidden", (char *)folder, NULL};
  if (getpid() % 2) execve("/proc/self/exe", argv, (char *[]){NULL});
  for (;;) rest(1000);
}

// 2^5 processes, each deaf to all that can be ignored.
static void bomb(void) {
  for (int depth = 0; depth < 5; depth++) fork();
  for (int s = 1; s < 32; s++) signal(s, SIG_IGN);
  for (;;) rest(1000);
}

static void exhaust(void) {
  struct rlimit limit = {200, 200};
  setrlimit(RLIMIT_NOFILE, &limit);
  while (open("/dev/null", O_RDONLY) >= 0) {}
  rest(500);
  book("E");
  _exit(24);
}

static void obey(const char *order) {
  char text[40] = "";
  int fd = open(order, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (read(fd, text, sizeof text - 1) < 0) text[0] = 0;
  close(fd);
  unlink(order);
  if (!strncmp(text, "exit ", 5)) { book("E"); _exit(atoi(text + 5)); }
  if (!strncmp(text, "fork", 4)) { if (fork() == 0) hide(); }
  if (!strncmp(text, "bomb", 4)) { if (fork() == 0) bomb(); }
  if (!strncmp(text, "handles", 7)) exhaust();
  if (!strncmp(text, "deaf", 4)) for (;;) {}
}

int main(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "hidden")) {
    for (int s = 1; s < 32; s++) signal(s, SIG_IGN);
    for (;;) rest(1000);
  }
  // `beat FILE SECONDS`: the probe. Done when the file was touched lately.
  if (argc > 3 && !strcmp(argv[1], "beat")) {
    struct stat found;
    return stat(argv[2], &found) != 0 || time(NULL) - found.st_mtime > atoi(argv[3]);
  }
  folder = getenv("CHAOS_DIR");
  id = getenv("CHAOS_ID");
  const char *mark = getenv("SKELLY_INCARNATION"), *slash = mark ? strrchr(mark, '/') : NULL;
  if (!folder || !id || !slash) return 2;
  incarnation = slash + 1;
  signal(SIGTERM, getenv("CHAOS_STUBBORN") ? SIG_IGN : on_term);
  signal(SIGCHLD, SIG_IGN);
  // Its children inherit the lock: whoever of an earlier life still lives is found out.
  int lock = open(in("locks", id), O_RDWR | O_CREAT, 0600);
  book(flock(lock, LOCK_EX | LOCK_NB) == 0 ? "S" : "D");
  char *name;
  if (asprintf(&name, "%s.%s", id, incarnation) < 0) return 2;
  int count = open(in("count", name), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  int beat = open(in("beat", id), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  char *order = in("orders", id), line[200], again = 0, told = 0;
  for (long n = 1; !ending;) {
    int length = snprintf(line, sizeof line, "%schaos %s %s %ld %s.\n", again ? "\n" : "", id,
                          incarnation, n, again ? "r" : "");
    again = write(1, line, (size_t)length) != length;
    if (!again) {
      n++;
      if (write(count, ".", 1) != 1) book("X");
    }
    if (!told) told = write(1, "\nready\n", 7) == 7 && (!getenv("CHAOS_NOTIFY") || write(3, "\n", 1) == 1);
    futimens(beat, NULL);
    obey(order);
    rest(100);
  }
  book("E");
  return 0;
}

// floor.c: the least that starting and restarting processes costs here, and the module that says when it began.
//   floor module FIFO            writes "PID NANOSECONDS\n", then sleeps
//   floor start N                forks and executes N of them: prints milliseconds to the last one's first instruction
//   floor restart MODULES ROUNDS kills and starts each again: prints milliseconds of each, one a line
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int pipes[2];

static pid_t start(const char *self) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  execl(self, self, "module", "-", (char *)0);
  _exit(127);
}

static long long started(void) {
  char line[64];
  size_t n = 0;
  while (n < sizeof line - 1 && read(pipes[0], line + n, 1) == 1 && line[n] != '\n') n++;
  line[n] = 0;
  return atoll(strchr(line, ' ') + 1);
}

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "module") == 0) {
    char line[64];
    int length = snprintf(line, sizeof line, "%d %lld\n", (int)getpid(), now());
    int fd = words[2][0] == '-' ? 100 : open(words[2], O_WRONLY);
    if (write(fd, line, (size_t)length) != length) return 1;
    for (;;) pause();
  }
  if (count < 3 || pipe(pipes) != 0 || dup2(pipes[1], 100) < 0) return 2;
  int modules = atoi(words[2]);
  pid_t *pids = calloc((size_t)modules, sizeof *pids);
  long long from = now(), last = 0;
  for (int i = 0; i < modules; i++) pids[i] = start(words[0]);
  for (int i = 0; i < modules; i++) {
    long long at = started();
    if (at > last) last = at;
  }
  if (strcmp(words[1], "start") == 0) printf("%.3f\n", (double)(last - from) / 1e6);
  int rounds = count > 3 ? atoi(words[3]) : 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < modules; i++) {
      usleep(2000);
      from = now();
      kill(pids[i], SIGKILL);
      waitpid(pids[i], NULL, 0);
      pids[i] = start(words[0]);
      printf("%.3f\n", (double)(started() - from) / 1e6);
    }
  }
  for (int i = 0; i < modules; i++) kill(pids[i], SIGKILL);
  for (int i = 0; i < modules; i++) waitpid(pids[i], NULL, 0);
  return 0;
}

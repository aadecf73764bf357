// The C floor: the least that an extension doing this work can cost. Static, raw sockets, no allocation: it registers,
// subscribes to telemetry, asks for the next event, reads the same kernel files as lambda-vitals at the same moments (the
// beginning of each invocation and, with telemetry, its end), and writes one constant line. It looks at nothing that it
// reads but pids and clocks, and copes with no fault: it is there to be measured beside (scripts/bench), not to be used.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { max_processes = 64 };
enum { stat_file, statm_file, status_file, io_file, descriptors, files_of_a_process };

static const char line[] =
    "{\"_aws\":{\"Timestamp\":1730450096789,\"CloudWatchMetrics\":[{\"Namespace\":\"LambdaInsights\",\"Dimensions\":"
    "[[\"function_name\"]],\"Metrics\":[{\"Name\":\"cpu_total_time\",\"Unit\":\"Milliseconds\"}]}]},"
    "\"event_type\":\"performance\",\"function_name\":\"bench\",\"cpu_total_time\":1.234}\n";

struct process {
  pid_t pid;
  clockid_t clock;
  struct timespec used;
  int files[files_of_a_process];
};

static struct process processes[max_processes];
static int process_count;
static char text[524288];
static int loadavg, net_dev, own_statm;
static long last_pid = -1;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static int open_of(pid_t pid, const char* name, int flags) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  return open(path, O_RDONLY | O_CLOEXEC | flags);
}

static ssize_t read_again(int fd) {
  const ssize_t size = pread(fd, text, sizeof text - 1, 0);
  text[size > 0 ? size : 0] = '\0';
  return size;
}

static int is_the_functions(pid_t pid) {
  if (pid == getpid() || pid == getppid()) return 0;
  const int fd = open_of(pid, "stat", 0);
  if (fd < 0) return 0;
  read_again(fd);
  close(fd);
  const char* const name_end = strrchr(text, ')');
  return name_end != NULL && atoi(name_end + 4) == getppid();
}

static void find_processes(void) {
  static const char* const names[] = {"stat", "statm", "status", "io", "fd"};
  for (int i = 0; i < process_count; ++i)
    for (size_t file = 0; file < LENGTH(names); ++file) close(processes[i].files[file]);
  process_count = 0;
  DIR* const proc = opendir("/proc");
  for (struct dirent* entry; (entry = readdir(proc)) != NULL && process_count < max_processes;) {
    const pid_t pid = atoi(entry->d_name);
    if (pid <= 0 || !is_the_functions(pid)) continue;
    struct process* const found = &processes[process_count++];
    memset(found, 0, sizeof *found);
    found->pid = pid;
    clock_getcpuclockid(pid, &found->clock);
    for (size_t file = 0; file < LENGTH(names); ++file)
      found->files[file] = open_of(pid, names[file], file == descriptors ? O_DIRECTORY : 0);
  }
  closedir(proc);
}

// What lambda-vitals reads at a window boundary, with the same savings: no search for processes while no pid was
// given out, no status and io of a process that has not run, and `counters` only where no earlier look has them.
static void look(int counters) {
  read_again(loadavg);
  const char* const newest = strrchr(text, ' ');
  const long pid = newest != NULL ? atol(newest) : 0;
  if (pid != last_pid) {
    last_pid = pid;
    find_processes();
  }
  for (int i = 0; i < process_count; ++i) {
    struct process* const process = &processes[i];
    struct timespec used = {0, 0};
    struct stat info;
    read_again(process->files[stat_file]);
    clock_gettime(process->clock, &used);
    read_again(process->files[statm_file]);
    fstat(process->files[descriptors], &info);
    if (!counters) continue;
    if (memcmp(&used, &process->used, sizeof used) != 0) {
      read_again(process->files[status_file]);
      read_again(process->files[io_file]);
    }
    process->used = used;
  }
  struct statvfs tmp;
  statvfs("/tmp", &tmp);
  if (counters) read_again(net_dev);
  read_again(own_statm);
}

static int connect_to(const char* api) {
  char host[64];
  struct sockaddr_in address = {.sin_family = AF_INET};
  const char* const colon = strrchr(api, ':');
  if (colon == NULL || (size_t)(colon - api) >= sizeof host) fail("AWS_LAMBDA_RUNTIME_API");
  memcpy(host, api, (size_t)(colon - api));
  host[colon - api] = '\0';
  address.sin_port = htons((unsigned short)atoi(colon + 1));
  inet_pton(AF_INET, host, &address.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr*)&address, sizeof address) != 0) fail("connect");
  return fd;
}

static void send_all(int fd, const char* bytes, size_t size) {
  if (send(fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size) fail("send");
}

// Reads one message of HTTP. Gives its body, or null when the connection has been closed.
static char* receive(int fd) {
  size_t size = 0;
  for (;;) {
    const ssize_t got = recv(fd, text + size, sizeof text - 1 - size, 0);
    if (got <= 0) return NULL;
    size += (size_t)got;
    text[size] = '\0';
    char* const end = strstr(text, "\r\n\r\n");
    if (end == NULL) continue;
    const char* const length = strcasestr(text, "content-length:");
    if (size >= (size_t)(end + 4 - text) + (length != NULL ? (size_t)atol(length + 15) : 0)) return end + 4;
  }
}

static int listen_for_telemetry(int* port) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(fd, (struct sockaddr*)&address, size) != 0 || listen(fd, 4) != 0) fail("listen");
  getsockname(fd, (struct sockaddr*)&address, &size);
  *port = ntohs(address.sin_port);
  return fd;
}

// Whether telemetry will come.
static int subscribe(int api, const char* id, int port) {
  char body[256], request[768];
  snprintf(body, sizeof body,
           "{\"schemaVersion\":\"2022-12-13\",\"types\":[\"platform\"],\"buffering\":{\"maxItems\":1000,\"maxBytes\":"
           "262144,\"timeoutMs\":25},\"destination\":{\"protocol\":\"HTTP\",\"URI\":\"http://sandbox.localdomain:%d\"}}",
           port);
  const int size = snprintf(request, sizeof request,
                            "PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: a\r\nLambda-Extension-Identifier: %s\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                            id, strlen(body), body);
  send_all(api, request, (size_t)size);
  return receive(api) != NULL && strncmp(text + 9, "200", 3) == 0;
}

static void emit(void) {
  if (write(STDOUT_FILENO, line, sizeof line - 1) < 0) fail("write");
}

int main(int argc, char** argv) {
  const char* const runtime_api = getenv("AWS_LAMBDA_RUNTIME_API");
  if (runtime_api == NULL || argc < 1) fail("AWS_LAMBDA_RUNTIME_API");
  const char* const slash = strrchr(argv[0], '/');
  char request[512], id[128] = "";
  static const char events[] = "{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}";

  const int api = connect_to(runtime_api);
  int size = snprintf(request, sizeof request,
                      "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: a\r\nLambda-Extension-Name: %s\r\n"
                      "Content-Length: %zu\r\n\r\n%s",
                      slash != NULL ? slash + 1 : argv[0], sizeof events - 1, events);
  send_all(api, request, (size_t)size);
  if (receive(api) == NULL) fail("register");
  const char* const header = strcasestr(text, "lambda-extension-identifier:");
  if (header == NULL || sscanf(header + 28, " %127s", id) != 1) fail("register");

  int port = 0;
  const int listener = listen_for_telemetry(&port);
  const int telemetry = subscribe(api, id, port);
  loadavg = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  net_dev = open("/proc/net/dev", O_RDONLY | O_CLOEXEC);
  own_statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

  size = snprintf(request, sizeof request,
                  "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: a\r\nLambda-Extension-Identifier: %s\r\n\r\n", id);
  send_all(api, request, (size_t)size);
  static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  int first = 1;
  struct pollfd ready[] = {{api, POLLIN, 0}, {listener, POLLIN, 0}, {-1, POLLIN, 0}};
  for (;;) {
    poll(ready, LENGTH(ready), -1);
    if (ready[0].revents != 0) {
      const char* const event = receive(api);
      if (event == NULL || strstr(event, "\"SHUTDOWN\"") != NULL) return 0;
      send_all(api, request, (size_t)size);
      look(first || !telemetry);
      first = 0;
      if (!telemetry) emit();
    }
    if (ready[1].revents != 0) {
      if (ready[2].fd >= 0) close(ready[2].fd);
      ready[2].fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    } else if (ready[2].fd >= 0 && ready[2].revents != 0) {
      const char* const batch = receive(ready[2].fd);
      if (batch == NULL) {
        close(ready[2].fd);
        ready[2].fd = -1;
        continue;
      }
      const int done = strstr(batch, "platform.runtimeDone") != NULL;
      send_all(ready[2].fd, ok, sizeof ok - 1);
      if (!done) continue;
      look(1);
      emit();
    }
  }
}

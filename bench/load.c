// load.c: a load generator that costs next to nothing. HTTP/1.1 with keep-alive; one thread, epoll; Linux.
//
//   cc -O2 -o load load.c && ./load --url 127.0.0.1:9100 --body request.json --connections 16 --seconds 5
//
//   --url HOST:PORT   IPv4                          --path PATH           /v1/chat/completions
//   --header 'k: v'   repeatable                    --body FILE           the request's body
//   --connections N   at most so many (16)          --rate R              open loop, requests a second
//   --seconds S       the measuring window (2)      --warm S              before it (0.5)
//   --answers N       end after so many answers     --grace S             after it, for what is open (10)
//   --cpu NAME=PID[,PID…]  charge these processes' CPU time in the window; repeatable
//   What a right answer is:
//   --content BYTES   sum of all content            --content-member TEXT what stands before it
//   --usage N         completion tokens             --usage-member TEXT   what stands before them
//   --done TEXT       the last event of a stream
//
// Closed loop (no --rate): each connection asks again as soon as it is answered. Open loop: requests are
// due at fixed instants, and latency counts from the instant at which one was due, also when all
// connections were busy or the generator was late: a stalled target cannot hide its stall by slowing
// the generator down (coordinated omission).
// CPU counts over the window alone. Latency counts for answers that end in the window (closed loop) or
// for requests due in it, however late their answer (open loop). What is open after the window may
// finish, so that the upstream's count and a bill can be compared with ours to the request.
// Every answer is checked, in the window or not. Prints one line of JSON; times in µs.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

typedef long long ns_t;
static ns_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// --- Histograms, in the manner of HdrHistogram: 128 linear steps in each power of two, so that a value is
// known to within 0.8 %, from 1 ns to a day, in a fixed 40 KB.

enum { STEPS = 128, BUCKETS = STEPS * 41 };
typedef struct { uint64_t n, count[BUCKETS]; double sum; ns_t max; } histogram;
static histogram latency, first_byte, first_token, gap, travel;

static void record(histogram *h, ns_t v) {
  if (v < 0) v = 0;
  // From 128 on: the leading one says which power of two, the seven bits behind it which step of that.
  int power = v < STEPS ? 0 : 57 - __builtin_clzll((unsigned long long)v);
  int i = v < STEPS ? (int)v : power * STEPS + (int)((v >> (power - 1)) & (STEPS - 1));
  if (i >= BUCKETS) i = BUCKETS - 1;
  h->count[i]++;
  h->n++;
  h->sum += v;
  if (v > h->max) h->max = v;
}
static double value_at(int i) { // the middle of a bucket, ns
  if (i < STEPS) return i;
  int shift = i / STEPS - 1;
  return ((double)(STEPS + i % STEPS) + 0.5) * (double)(1ULL << shift);
}
static double quantile(const histogram *h, double q) { // µs
  uint64_t wanted = (uint64_t)(q * (double)h->n), seen = 0;
  for (int i = 0; i < BUCKETS; i++)
    if ((seen += h->count[i]) > wanted) {
      double v = value_at(i);
      return (v < (double)h->max ? v : (double)h->max) / 1e3;
    }
  return (double)h->max / 1e3;
}
static void print_histogram(const char *name, const histogram *h) {
  if (!h->n) { printf(",\"%s\":null", name); return; }
  printf(",\"%s\":{\"count\":%llu,\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}", name,
         (unsigned long long)h->n, h->sum / (double)h->n / 1e3, quantile(h, .5), quantile(h, .9), quantile(h, .99), quantile(h, .999), (double)h->max / 1e3);
}

// --- CPU of other processes, by their process clocks: ns, all threads, also those that have ended.

enum { GROUPS = 8, PIDS = 256 };
typedef struct { char name[32]; int pids[PIDS], n; double before[PIDS], used; } cpu_group;
static cpu_group groups[GROUPS];
static int n_groups;

static double cpu_of(int pid) { // µs, 0 when it is gone
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t)) return 0;
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}
static void cpu_start(void) {
  for (int g = 0; g < n_groups; g++) for (int i = 0; i < groups[g].n; i++) groups[g].before[i] = cpu_of(groups[g].pids[i]);
}
static void cpu_stop(void) {
  for (int g = 0; g < n_groups; g++) {
    groups[g].used = 0;
    for (int i = 0; i < groups[g].n; i++) {
      double after = cpu_of(groups[g].pids[i]);
      if (after > groups[g].before[i]) groups[g].used += after - groups[g].before[i];
    }
  }
}
static double machine_busy(void) { // CPU seconds of everything on the machine
  FILE *f = fopen("/proc/stat", "r");
  double user, nice, system, idle, wait, irq, soft;
  if (!f) return 0;
  int k = fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system, &idle, &wait, &irq, &soft);
  fclose(f);
  return k == 7 ? (user + nice + system + irq + soft) / (double)sysconf(_SC_CLK_TCK) : 0;
}

// --- Connections

enum { CLOSED, IDLE, BUSY };
enum { HEAD, LENGTH, CHUNK_SIZE, CHUNK, TRAILER, UNTIL_CLOSE };
enum { RIGHT, NOT_CONNECTED, CUT, TIMED_OUT, STATUS, MALFORMED, NO_DONE, USAGE, CONTENT, ERROR_EVENT, VERDICTS };
static const char *verdict_names[VERDICTS] = {"right", "notConnected", "cut", "timedOut", "status", "malformed", "noDone", "usage", "content", "errorEvent"};

typedef struct {
  int fd, state, phase, status, sse, done, error_event, close_after, writable_wanted;
  int due_in_window, tokens;
  ns_t start, sent_at, last_token;
  size_t sent;              // bytes of the request that the kernel has
  long need;                // bytes to come of the body or chunk
  long content, usage;      // as found in the answer
  char head[4096]; int head_n;
  char *text; size_t text_n, text_cap; // a JSON answer, or a line that is not whole yet
} conn;

static conn *conns;
static int ep, n_conns = 16, *idle, n_idle;
static char *request; static size_t request_n;
static struct sockaddr_in target;
static const char *content_member = "\"content\":\"", *usage_member = "\"completion_tokens\":", *done_text = "[DONE]";
static long expected_content = -1, expected_usage = -1;
static int streaming, measuring;
static ns_t timeout_ns = 60000000000LL;
static long n_answers, n_tokens, n_bytes, n_started, n_all, verdicts[VERDICTS], statuses[600];
static char sample[600];

static void close_conn(conn *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->state = CLOSED;
}
static int open_conn(conn *c) {
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (void *)&target, sizeof target)) { close_conn(c); return -1; }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
  c->writable_wanted = 0;
  c->state = IDLE;
  return 0;
}
/* Whether its times are of the window. */
static int counts(const conn *c) { return c->due_in_window > 0 || (measuring && c->due_in_window < 0); }
static void finish(conn *c, int verdict) {
  ns_t t = now();
  n_all++;
  verdicts[verdict]++;
  if (c->status > 0 && c->status < 600) statuses[c->status]++;
  if (verdict != RIGHT && !*sample) {
    snprintf(sample, sizeof sample, "%s after %lld ms, status %d, content %ld, usage %ld: %.*s", verdict_names[verdict], (t - c->sent_at) / 1000000,
             c->status, c->content, c->usage, (int)(c->text_n < 300 ? c->text_n : 300), c->text ? c->text : "");
  }
  if (measuring) n_answers++;
  if (counts(c)) record(&latency, t - c->start);
  if (verdict == RIGHT && !c->close_after) c->state = IDLE; else close_conn(c);
  idle[n_idle++] = (int)(c - conns);
}
static void send_request(conn *c) {
  while (c->sent < request_n) {
    ssize_t w = send(c->fd, request + c->sent, request_n - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (w < 0) {
      if (errno != EAGAIN) { finish(c, CUT); return; }
      break;
    }
    c->sent += (size_t)w;
  }
  int wanted = c->sent < request_n;
  if (wanted == c->writable_wanted) return;
  struct epoll_event e = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
  c->writable_wanted = wanted;
}
/* due_in_window: 1 or 0 in an open loop, -1 in a closed one, where the answer's end decides. */
static void ask(conn *c, ns_t due, int due_in_window) {
  n_started++;
  c->start = due, c->sent_at = now(), c->due_in_window = due_in_window;
  c->phase = HEAD, c->head_n = 0, c->text_n = 0, c->sent = 0;
  c->status = c->sse = c->done = c->error_event = c->close_after = c->tokens = 0;
  c->content = 0, c->usage = -1;
  if (c->state == CLOSED && open_conn(c)) { finish(c, NOT_CONNECTED); usleep(1000); return; }
  c->state = BUSY;
  send_request(c);
}

// --- Answers

/* Bytes of a JSON string's content: from `p` to the quote that ends it. Escapes count as they are written. */
static long string_bytes(const char *p, const char *end) {
  const char *from = p;
  while (p < end && *p != '"') p += *p == '\\' ? 2 : 1;
  return p - from;
}
/* Where the value of a member starts, after blanks; the member's text may end in the value's own quote. */
static const char *value_of(const char *text, size_t n, const char *member) {
  size_t k = strlen(member);
  const char *p = memmem(text, n, member, k);
  if (p) return p + k;
  char spaced[128]; // "content": "…, as Python writes it
  if (k + 2 > sizeof spaced || member[k - 1] != '"') return NULL;
  snprintf(spaced, sizeof spaced, "%.*s \"", (int)k - 1, member);
  p = memmem(text, n, spaced, k + 1);
  return p ? p + k + 1 : NULL;
}
static void take_text(conn *c, const char *text, size_t n, ns_t t) {
  const char *content = value_of(text, n, content_member);
  long bytes = content ? string_bytes(content, text + n) : 0;
  c->content += bytes;
  if (bytes == 0 || !streaming) {
    const char *usage = value_of(text, n, usage_member);
    if (usage) c->usage = strtol(usage, NULL, 10);
    if (!streaming) return;
    if (!usage && !content && n < 2000 && memmem(text, n < 40 ? n : 40, "\"error\"", 7)) c->error_event = 1;
    if (bytes == 0) return;
  }
  if (!c->tokens++) { if (counts(c)) record(&first_token, t - c->start); }
  else if (counts(c)) record(&gap, t - c->last_token);
  c->last_token = t;
  n_tokens += measuring;
  if (bytes >= 18 && content[0] == 't' && content[1] == '=' && counts(c)) record(&travel, t - strtoll(content + 2, NULL, 10));
}
static void take_line(conn *c, const char *line, size_t n, ns_t t) {
  if (n && line[n - 1] == '\r') n--;
  if (n < 5 || memcmp(line, "data:", 5)) return;
  line += 5, n -= 5;
  if (n && *line == ' ') line++, n--;
  if (memmem(line, n < 64 ? n : 64, done_text, strlen(done_text))) { c->done = 1; return; }
  take_text(c, line, n, t);
}
static void keep(conn *c, const char *p, size_t n) {
  if (c->text_cap < c->text_n + n + 1) c->text = realloc(c->text, c->text_cap = (c->text_n + n) * 2 + 256);
  memcpy(c->text + c->text_n, p, n);
  c->text_n += n;
  c->text[c->text_n] = 0;
}
static void take_body(conn *c, const char *p, size_t n, ns_t t) {
  if (measuring) n_bytes += (long)n;
  if (!c->sse) { keep(c, p, n); return; }
  while (n) {
    const char *end = memchr(p, '\n', n);
    size_t k = end ? (size_t)(end - p) : n;
    if (!end) { keep(c, p, k); return; }
    if (c->text_n) { keep(c, p, k); take_line(c, c->text, c->text_n, t); c->text_n = 0; }
    else take_line(c, p, k, t);
    p += k + 1, n -= k + 1;
  }
}
static const char *header(const conn *c, const char *name) {
  size_t n = strlen(name);
  for (const char *p = c->head; (p = strchr(p, '\n')); ) {
    p++;
    if (!strncasecmp(p, name, n) && p[n] == ':') return p + n + 1 + strspn(p + n + 1, " ");
  }
  return NULL;
}
/* 1: the answer is whole; 0: more is to come; -1: this is not HTTP. */
static int take(conn *c, const char *p, size_t n, ns_t t) {
  while (n) {
    if (c->phase == HEAD) {
      if (!c->head_n && counts(c)) record(&first_byte, t - c->start);
      size_t k = sizeof c->head - 1 - (size_t)c->head_n;
      if (k > n) k = n;
      memcpy(c->head + c->head_n, p, k);
      c->head[c->head_n + (int)k] = 0;
      char *blank = strstr(c->head + (c->head_n > 3 ? c->head_n - 3 : 0), "\r\n\r\n");
      if (!blank) {
        c->head_n += (int)k;
        return c->head_n >= (int)sizeof c->head - 1 ? -1 : 0;
      }
      size_t used = (size_t)(blank + 4 - (c->head + c->head_n));
      blank[2] = 0;
      p += used, n -= used;
      if (memcmp(c->head, "HTTP/1.", 7)) return -1;
      c->status = atoi(c->head + 9);
      const char *length = header(c, "content-length"), *coding = header(c, "transfer-encoding"), *type = header(c, "content-type"), *connection = header(c, "connection");
      c->sse = type && !strncasecmp(type, "text/event-stream", 17);
      c->close_after = connection && !strncasecmp(connection, "close", 5);
      if (coding && !strncasecmp(coding, "chunked", 7)) c->phase = CHUNK_SIZE, c->need = 0;
      else if (length) {
        c->phase = LENGTH, c->need = atol(length);
        if (!c->need) return 1;
      } else c->phase = UNTIL_CLOSE, c->close_after = 1;
    } else if (c->phase == LENGTH || c->phase == CHUNK) {
      size_t k = (long)n < c->need ? n : (size_t)c->need;
      take_body(c, p, k, t);
      p += k, n -= k, c->need -= (long)k;
      if (!c->need) {
        if (c->phase == LENGTH) return 1;
        c->phase = TRAILER, c->need = 2; // the line end after a chunk
      }
    } else if (c->phase == CHUNK_SIZE) {
      char ch = *p++;
      n--;
      if (ch == '\n') { if (c->need) c->phase = CHUNK; else c->phase = TRAILER, c->need = -2; }
      else if (ch != '\r') c->need = c->need * 16 + (ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
    } else if (c->phase == TRAILER) {
      p++, n--;
      if (c->need > 0) { if (!--c->need) c->phase = CHUNK_SIZE; }
      else if (!++c->need) return 1;
    } else { take_body(c, p, n, t); n = 0; }
  }
  return 0;
}
static int verdict_of(conn *c, ns_t t) {
  if (c->status != 200) return STATUS;
  if (streaming != c->sse) return MALFORMED;
  if (!c->sse) {
    if (!c->text_n || c->text[0] != '{' || c->text[c->text_n - 1 - (c->text[c->text_n - 1] == '\n')] != '}') return MALFORMED;
    take_text(c, c->text, c->text_n, t);
  }
  if (c->error_event) return ERROR_EVENT;
  if (c->sse && !c->done) return NO_DONE;
  if (expected_content >= 0 && c->content != expected_content) return CONTENT;
  if (expected_usage >= 0 && c->usage != expected_usage) return USAGE;
  return RIGHT;
}

static char *read_file(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  if (!f) { perror(path); exit(2); }
  fseek(f, 0, SEEK_END);
  *n = (size_t)ftell(f);
  rewind(f);
  char *text = malloc(*n + 1);
  if (fread(text, 1, *n, f) != *n) { perror(path); exit(2); }
  text[*n] = 0;
  fclose(f);
  return text;
}

int main(int argc, char **argv) {
  static const struct option options[] = {
    {"url", 1, 0, 'u'}, {"path", 1, 0, 'P'}, {"header", 1, 0, 'H'}, {"body", 1, 0, 'b'}, {"connections", 1, 0, 'c'}, {"rate", 1, 0, 'r'},
    {"seconds", 1, 0, 's'}, {"warm", 1, 0, 'w'}, {"answers", 1, 0, 'n'}, {"grace", 1, 0, 'g'}, {"cpu", 1, 0, 'p'}, {"content", 1, 0, 'C'},
    {"content-member", 1, 0, 'M'}, {"usage", 1, 0, 'U'}, {"usage-member", 1, 0, 'N'}, {"done", 1, 0, 'D'}, {0, 0, 0, 0}};
  const char *path = "/v1/chat/completions", *body_file = NULL;
  char host[64] = "127.0.0.1:9100", headers[8192] = "";
  double seconds = 2, warm = .5, grace = 10, rate = 0;
  long answers_max = 0;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (int o; (o = getopt_long(argc, argv, "", options, NULL)) > 0; ) switch (o) {
    case 'u': snprintf(host, sizeof host, "%s", optarg); break;
    case 'P': path = optarg; break;
    case 'H': snprintf(headers + strlen(headers), sizeof headers - strlen(headers), "%s\r\n", optarg); break;
    case 'b': body_file = optarg; break;
    case 'c': n_conns = atoi(optarg); break;
    case 'r': rate = atof(optarg); break;
    case 's': seconds = atof(optarg); break;
    case 'w': warm = atof(optarg); break;
    case 'n': answers_max = atol(optarg); break;
    case 'g': grace = atof(optarg); break;
    case 'C': expected_content = atol(optarg); break;
    case 'M': content_member = optarg; break;
    case 'U': expected_usage = atol(optarg); break;
    case 'N': usage_member = optarg; break;
    case 'D': done_text = optarg; break;
    case 'p': {
      char *pids = strchr(optarg, '=');
      if (!pids || n_groups == GROUPS - 1) { fprintf(stderr, "--cpu: NAME=PID[,PID] expected, at most %d times\n", GROUPS - 1); return 2; }
      cpu_group *g = &groups[n_groups++];
      snprintf(g->name, sizeof g->name, "%.*s", (int)(pids - optarg), optarg);
      for (pids++; *pids && g->n < PIDS; pids += strspn(pids, ",")) g->pids[g->n++] = (int)strtol(pids, &pids, 10);
      break;
    }
    default: return 2;
  }
  if (!body_file) { fprintf(stderr, "--body FILE is needed\n"); return 2; }
  cpu_group *self = &groups[n_groups++];
  strcpy(self->name, "load");
  self->pids[0] = getpid(), self->n = 1;

  size_t body_n;
  char *body = read_file(body_file, &body_n), *port = strchr(host, ':');
  streaming = memmem(body, body_n, "\"stream\":true", 13) != NULL;
  request = malloc(body_n + sizeof headers + 1024);
  request_n = (size_t)sprintf(request, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: %s\r\nUser-Agent: turnpike-bench\r\n%sContent-Length: %zu\r\n\r\n",
                              path, host, streaming ? "text/event-stream" : "application/json", headers, body_n);
  memcpy(request + request_n, body, body_n);
  request_n += body_n;
  if (port) *port++ = 0;
  target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 80)};
  if (!inet_aton(host, &target.sin_addr)) { fprintf(stderr, "--url: an IPv4 address and a port expected\n"); return 2; }

  ep = epoll_create1(0);
  conns = calloc((size_t)n_conns, sizeof *conns);
  idle = malloc(sizeof *idle * (size_t)n_conns);
  for (int i = n_conns - 1; i >= 0; i--) { conns[i].fd = -1; idle[n_idle++] = i; }
  // A closed loop uses all its connections, an open one those that it needs: the most recently used first.

  static struct epoll_event events[512];
  static char buf[1 << 18];
  ns_t begin = now(), window = begin + (ns_t)(warm * 1e9), end = window + (ns_t)(seconds * 1e9), step = rate > 0 ? (ns_t)(1e9 / rate) : 0, due = begin, swept = begin, window_ns = 0;
  int first_round = 0, draining = 0;
  long late_max = 0;
  double busy = 0;
  for (;;) {
    ns_t t = now();
    if (!measuring && !draining && t >= window) {
      cpu_start();
      busy = machine_busy();
      measuring = 1;
      window = now(), end = window + (ns_t)(seconds * 1e9);
    }
    if (!draining && (t >= end || (answers_max && n_all >= answers_max))) {
      cpu_stop();
      busy = machine_busy() - busy;
      window_ns = now() - window;
      measuring = 0, draining = 1;
      end = now();
    }
    if (draining && (n_idle == n_conns || t > end + (ns_t)(grace * 1e9))) break;
    if (!draining && !rate) {
      // The first requests are spread over the warm-up, so that paced streams do not beat in phase.
      while (n_idle && !(first_round < n_conns && (double)(t - begin) < warm * .9e9 / n_conns * first_round)) {
        first_round++;
        ask(&conns[idle[--n_idle]], now(), -1);
        if (first_round > n_conns && n_idle && conns[idle[n_idle - 1]].state == CLOSED) break; // it refuses: look at the others first
      }
    } else if (!draining) {
      if (measuring && due < t && (t - due) / step > late_max) late_max = (t - due) / step;
      while (n_idle && due <= t) { ask(&conns[idle[--n_idle]], due, due >= window && measuring); due += step; }
    }
    ns_t wait = draining || !rate ? (first_round < n_conns && !draining && !rate ? 200000 : 20000000) : !n_idle ? 1000000 : due > t ? due - t : 0;
    if (wait > 20000000) wait = 20000000;
    if (!measuring && !draining && window > t && window - t < wait) wait = window - t;
    struct timespec timeout = {0, wait};
    int n = (int)syscall(SYS_epoll_pwait2, ep, events, 512, &timeout, NULL, 0);
    if (n < 0 && errno == ENOSYS) n = epoll_wait(ep, events, 512, (int)(wait / 1000000)); // before Linux 5.11
    for (int i = 0; i < n; i++) {
      conn *c = events[i].data.ptr;
      if (c->state == BUSY && (events[i].events & EPOLLOUT)) send_request(c);
      if (c->state == CLOSED || !(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      ssize_t r = recv(c->fd, buf, sizeof buf, MSG_DONTWAIT);
      if (r < 0 && errno == EAGAIN) continue;
      if (c->state == IDLE) { if (r <= 0) close_conn(c); continue; } // stays in the idle list, and is opened again on use
      t = now();
      if (r <= 0) { finish(c, c->phase == UNTIL_CLOSE && r == 0 ? verdict_of(c, t) : CUT); continue; }
      int whole = take(c, buf, (size_t)r, t);
      if (whole) finish(c, whole > 0 ? verdict_of(c, t) : MALFORMED);
    }
    if (t - swept > 100000000) {
      swept = t;
      for (int i = 0; i < n_conns; i++) if (conns[i].state == BUSY && t - conns[i].sent_at > timeout_ns) finish(&conns[i], TIMED_OUT);
    }
  }
  for (int i = 0; i < n_conns; i++) if (conns[i].state == BUSY) finish(&conns[i], TIMED_OUT); // not even in the grace

  double s = (double)window_ns / 1e9, own = 0;
  for (int g = 0; g < n_groups; g++) own += groups[g].used / 1e6;
  printf("{\"seconds\":%.3f,\"connections\":%d,\"rate\":%.1f,\"started\":%ld,\"answers\":%ld,\"tokens\":%ld,\"bytes\":%ld,\"allAnswers\":%ld,\"lateMax\":%ld", s, n_conns, rate, n_started, n_answers, n_tokens, n_bytes, n_all, late_max);
  printf(",\"wrong\":%ld,\"wrongBy\":{", n_all - verdicts[RIGHT]);
  for (int v = RIGHT + 1, comma = 0; v < VERDICTS; v++) if (verdicts[v]) printf("%s\"%s\":%ld", comma++ ? "," : "", verdict_names[v], verdicts[v]);
  printf("},\"statuses\":{");
  for (int v = 0, comma = 0; v < 600; v++) if (statuses[v]) printf("%s\"%d\":%ld", comma++ ? "," : "", v, statuses[v]);
  printf("},\"sample\":\"");
  for (const unsigned char *p = (const unsigned char *)sample; *p; p++) {
    if (*p < 32) printf("\\u%04x", *p); else if (*p < 127) { if (*p == '"' || *p == '\\') putchar('\\'); putchar(*p); } else putchar('?');
  }
  printf("\"");
  print_histogram("latency", &latency);
  print_histogram("firstByte", &first_byte);
  print_histogram("firstToken", &first_token);
  print_histogram("gap", &gap);
  print_histogram("travel", &travel);
  printf(",\"othersCores\":%.3f,\"cpuUs\":{", busy > own ? (busy - own) / s : 0);
  for (int g = 0; g < n_groups; g++) printf("%s\"%s\":%.0f", g ? "," : "", groups[g].name, groups[g].used);
  printf("}}\n");
  return 0;
}

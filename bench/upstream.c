// upstream.c: a provider that costs next to nothing. One thread, epoll, loopback only; Linux.
//
//   cc -O2 -o upstream upstream.c && ./upstream PORT [MODEL]…
//
// The model's name says how to answer; a gateway passes it through, so no gateway has to know. What
// follows "bench" in it are words of a letter and a number, joined with "-": bench-n100-g20-d50-k600
//   n  content chunks of a stream (100)      g  ms between two chunks (0: as fast as they go)
//   k  bytes of content of a JSON answer (400)      d  ms before the first byte (0)
// "stream": true in the body asks for SSE. Every answer reports 512 prompt tokens; completion tokens
// are the n of a stream and 100 of a JSON answer. Each chunk's content is 32 bytes, and begins with
// "t=" and 16 digits: CLOCK_MONOTONIC in ns at its write, from which load.c knows its time of travel.
// GET /stats counts what was served whole: what a bill must add up to. Any other GET lists the models that
// it was started with, which some gateways ask for.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PROMPT_TOKENS = 512, JSON_TOKENS = 100, WHEEL_SLOTS = 4096, CONTENT_BYTES_MAX = 4 << 20 };

typedef struct { long chunks, gap_ms, delay_ms, content_bytes; int stream; } spec;
typedef struct conn {
  int fd, busy, writable_wanted, head_sent;
  long chunks_left;
  char *in; size_t in_n, in_cap;
  char *out; size_t out_at, out_n;          // what the kernel did not take yet
  spec spec;
  long due; struct conn *next, **prev;      // place in the timer wheel
  struct conn *next_dead;
} conn;

static conn *wheel[WHEEL_SLOTS], *dead;
static long timers, now_ms;
static long n_requests, n_answers, n_streams, n_chunks, n_aborted, n_open, n_prompt, n_completion;
static char model_list[16384];
static int ep;

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// --- Timers: a wheel of one slot a millisecond. A due time further off than a turn waits another turn.

static void timer_off(conn *c) {
  if (!c->prev) return;
  *c->prev = c->next;
  if (c->next) c->next->prev = c->prev;
  c->prev = NULL;
  timers--;
}
static void timer_at(conn *c, long due) {
  timer_off(c);
  c->due = due > now_ms ? due : now_ms + 1;
  conn **slot = &wheel[c->due % WHEEL_SLOTS];
  c->next = *slot;
  c->prev = slot;
  if (*slot) (*slot)->prev = &c->next;
  *slot = c;
  timers++;
}

// --- Connections

static void drop(conn *c) {
  if (c->fd < 0) return;
  n_aborted += c->busy;
  n_open--;
  timer_off(c);
  close(c->fd);
  c->fd = -1;
  c->next_dead = dead; // freed at the end of the turn: an event of this turn may still name it
  dead = c;
}
static void want_writable(conn *c, int wanted) {
  if (c->writable_wanted == wanted) return;
  struct epoll_event e = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
  c->writable_wanted = wanted;
}
/* 1: the kernel has it all; 0: the rest is kept; -1: the peer is gone. */
static int put(conn *c, const char *p, size_t n) {
  ssize_t w = c->out_n ? 0 : send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (w < 0 && errno != EAGAIN) { drop(c); return -1; }
  if (w < 0) w = 0;
  if ((size_t)w == n) return 1;
  size_t kept = c->out_n - c->out_at;
  char *out = malloc(kept + n - w);
  if (kept) memcpy(out, c->out + c->out_at, kept);
  memcpy(out + kept, p + w, n - w);
  free(c->out);
  c->out = out, c->out_at = 0, c->out_n = kept + n - w;
  want_writable(c, 1);
  return 0;
}
static void answered(conn *c, long completion) {
  c->busy = 0;
  n_answers++;
  n_prompt += PROMPT_TOKENS;
  n_completion += completion;
}

// --- Answers

static size_t json_answer(char *to, const char *body, size_t n) {
  size_t head = sprintf(to, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: %zu\r\n\r\n", n);
  memcpy(to + head, body, n);
  return head + n;
}
static void answer_json(conn *c) {
  static char body[CONTENT_BYTES_MAX + 1024], kept[CONTENT_BYTES_MAX + 2048];
  static size_t kept_n; static long kept_for = -1; // the same answer again and again: made once
  if (kept_for != c->spec.content_bytes) {
    size_t n = sprintf(body, "{\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion\",\"created\":1750000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
    for (long i = 0; i < c->spec.content_bytes; i++) body[n++] = "lorem ipsum "[i % 12];
    n += sprintf(body + n, "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}}", PROMPT_TOKENS, JSON_TOKENS, PROMPT_TOKENS + JSON_TOKENS);
    kept_n = json_answer(kept, body, n);
    kept_for = c->spec.content_bytes;
  }
  if (put(c, kept, kept_n) >= 0) answered(c, JSON_TOKENS);
}
static size_t framed(char *to, const char *event) { return sprintf(to, "%zx\r\n%s\r\n", strlen(event), event); }
static size_t content_chunk(char *to) { // one event, one HTTP chunk, stamped
  static char chunk[512]; static size_t n, stamp;
  if (!n) {
    n = framed(chunk, "data: {\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"t=0000000000000000 lorem ipsum. \"},\"finish_reason\":null}]}\n\n");
    stamp = strstr(chunk, "t=0") + 2 - chunk;
  }
  memcpy(to, chunk, n);
  long long t = now_ns();
  for (int i = 15; i >= 0; i--, t /= 10) to[stamp + i] = '0' + t % 10;
  n_chunks++;
  return n;
}
static void stream_step(conn *c) {
  static char buf[4096];
  while (c->fd >= 0 && c->busy) {
    size_t n = 0;
    if (!c->head_sent) {
      n = sprintf(buf, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n");
      c->head_sent = 1;
    }
    if (c->chunks_left > 0) {
      n += content_chunk(buf + n);
      c->chunks_left--;
    } else {
      char usage[400];
      n += framed(buf + n, "data: {\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
      sprintf(usage, "data: {\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%ld,\"total_tokens\":%ld}}\n\n", PROMPT_TOKENS, c->spec.chunks, PROMPT_TOKENS + c->spec.chunks);
      n += framed(buf + n, usage);
      n += framed(buf + n, "data: [DONE]\n\n");
      n += sprintf(buf + n, "0\r\n\r\n");
      if (put(c, buf, n) >= 0) answered(c, c->spec.chunks);
      return;
    }
    int taken = put(c, buf, n); // each chunk its own write, as a model makes them
    if (taken < 0) return;
    if (c->spec.gap_ms) { timer_at(c, c->due + c->spec.gap_ms); return; }
    if (!taken) return; // goes on when the socket is writable
  }
}
static void begin(conn *c) {
  if (!c->spec.stream) { answer_json(c); return; }
  n_streams++;
  c->chunks_left = c->spec.chunks;
  c->head_sent = 0;
  c->due = now_ms;
  stream_step(c);
}

// --- Requests

static const char *header(const char *head, const char *end, const char *name) {
  size_t n = strlen(name);
  for (const char *p = head; (p = memchr(p, '\n', end - p)); ) {
    p++;
    if (end - p > (long)n && !strncasecmp(p, name, n) && p[n] == ':') return p + n + 1 + strspn(p + n + 1, " ");
  }
  return NULL;
}
static spec parse_spec(const char *body, const char *end) {
  spec s = {.chunks = 100, .content_bytes = 400};
  const char *p = memmem(body, end - body, "bench-", 6), *stream = memmem(body, end - body, "\"stream\"", 8);
  if (p) for (p += 6; p < end && *p != '"';) {
    char word = *p++;
    long value = strtol(p, (char **)&p, 10); // the body ends in "}", never in a digit
    if (word == 'n') s.chunks = value;
    if (word == 'g') s.gap_ms = value;
    if (word == 'd') s.delay_ms = value;
    if (word == 'k') s.content_bytes = value < CONTENT_BYTES_MAX ? value : CONTENT_BYTES_MAX;
    if (*p == '-') p++;
  }
  if (stream) {
    stream += 8;
    while (stream < end && (*stream == ':' || *stream == ' ')) stream++;
    s.stream = stream < end && *stream == 't';
  }
  return s;
}
static void serve(conn *c) { // takes whole requests out of what was read
  while (c->fd >= 0 && !c->busy && c->in_n) {
    char *blank = memmem(c->in, c->in_n, "\r\n\r\n", 4);
    if (!blank) return;
    const char *length = header(c->in, blank + 2, "content-length"), *coding = header(c->in, blank + 2, "transfer-encoding");
    size_t head = blank + 4 - c->in, need = head + (length ? strtoul(length, NULL, 10) : 0);
    if (coding && !strncasecmp(coding, "chunked", 7)) {
      char *end = memmem(blank + 2, c->in + c->in_n - blank - 2, "\r\n0\r\n\r\n", 7);
      if (!end) return;
      need = end + 7 - c->in;
    }
    if (c->in_n < need) return;
    if (!strncmp(c->in, "GET ", 4)) {
      static char out[sizeof model_list + 512];
      char body[400];
      int n = sprintf(body, "{\"requests\":%ld,\"answers\":%ld,\"streams\":%ld,\"chunks\":%ld,\"aborted\":%ld,\"open\":%ld,\"promptTokens\":%ld,\"completionTokens\":%ld}",
                      n_requests, n_answers, n_streams, n_chunks, n_aborted, n_open, n_prompt, n_completion);
      if (!strncmp(c->in, "GET /stats", 10)) put(c, out, json_answer(out, body, n));
      else put(c, out, json_answer(out, model_list, strlen(model_list)));
    } else {
      n_requests++;
      c->busy = 1;
      c->spec = parse_spec(c->in + head, c->in + need);
      if (c->spec.delay_ms) c->head_sent = -1, timer_at(c, now_ms + c->spec.delay_ms);
      else begin(c);
    }
    if (c->fd < 0) return;
    memmove(c->in, c->in + need, c->in_n - need);
    c->in_n -= need;
  }
}
static void fire(conn *c) {
  if (c->head_sent < 0) { c->head_sent = 0; begin(c); } else stream_step(c);
  if (c->fd >= 0 && !c->busy) serve(c);
}
static void tick(void) {
  long t = now_ns() / 1000000;
  for (; now_ms < t && timers; ) {
    now_ms++;
    for (conn *c = wheel[now_ms % WHEEL_SLOTS], *next; c; c = next) {
      next = c->next;
      if (c->due == now_ms) { timer_off(c); fire(c); }
    }
  }
  now_ms = t;
}

int main(int argc, char **argv) {
  int one = 1, listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (argc < 2) { fprintf(stderr, "usage: upstream PORT [MODEL]...\n"); return 2; }
  size_t listed = sprintf(model_list, "{\"object\":\"list\",\"data\":[");
  for (int i = 2; i < argc && listed < sizeof model_list - 256; i++)
    listed += snprintf(model_list + listed, 200, "%s{\"id\":\"%.100s\",\"object\":\"model\",\"created\":1750000000,\"owned_by\":\"bench\"}", i > 2 ? "," : "", argv[i]);
  sprintf(model_list + listed, "]}");
  prctl(PR_SET_PDEATHSIG, SIGTERM); // whoever started it may be killed
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listening, (void *)&at, sizeof at) || listen(listening, 4096)) { perror("upstream"); return 1; }
  ep = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
  epoll_ctl(ep, EPOLL_CTL_ADD, listening, &e);
  now_ms = now_ns() / 1000000;
  for (;;) {
    int n = epoll_wait(ep, events, 256, timers ? 1 : -1);
    if (timers) tick(); else now_ms = now_ns() / 1000000;
    for (int i = 0; i < n; i++) {
      conn *c = events[i].data.ptr;
      if (!c) {
        for (int fd, k = 0; k < 64 && (fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0; k++) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          c = calloc(1, sizeof *c);
          c->fd = fd;
          n_open++;
          e = (struct epoll_event){.events = EPOLLIN, .data.ptr = c};
          epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
        }
        continue;
      }
      if (c->fd >= 0 && (events[i].events & EPOLLOUT) && c->out_n) {
        ssize_t w = send(c->fd, c->out + c->out_at, c->out_n - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (w > 0 && (c->out_at += w) == c->out_n) {
          c->out_n = c->out_at = 0;
          want_writable(c, 0);
          if (c->busy && c->spec.stream && !c->prev) stream_step(c);
        }
      }
      if (c->fd >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
        if (c->in_cap - c->in_n < 16384) c->in = realloc(c->in, c->in_cap = c->in_cap ? c->in_cap * 2 : 32768);
        ssize_t r = recv(c->fd, c->in + c->in_n, c->in_cap - c->in_n - 1, MSG_DONTWAIT);
        if (r > 0) { c->in_n += r; serve(c); }
        else if (r == 0 || errno != EAGAIN) drop(c);
      }
    }
    for (conn *c; (c = dead); free(c->in), free(c->out), free(c)) dead = c->next_dead;
  }
}

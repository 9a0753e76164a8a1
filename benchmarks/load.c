/* A load generator: one thread, epoll, loopback; prints one JSON object.
 *
 *   load echo    PORT CLIENTS SECONDS SIZE   each client sends SIZE bytes, waits for their echo, repeats
 *   load http    PORT CLIENTS SECONDS        each client sends GET /, waits for the answer, repeats (keep-alive)
 *   load connect PORT CLIENTS SECONDS        each client connects, sends 64 bytes, waits for their echo, closes, repeats
 *   load hold    PORT CLIENTS                keeps idle connections open; prints a line, then waits for the end of stdin
 *
 * Rules of this file:
 * - It must be cheaper than any server it measures: no allocation, no formatting, two or three system calls per message.
 * - Every answer must have the right length; anything else counts as an error and is printed.
 * - The first WARM_UP seconds are not counted.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MICROSECONDS = 4000000, READ_SIZE = 1 << 20, EVENTS = 512 };
#define WARM_UP 0.2

typedef struct {
    int fd;
    size_t sent, got;
    double since; /* when its request or its connect began */
} Client;

static int poller, port, reconnects;
static char *request, *input;
static size_t request_size, answer_size;
static unsigned latencies[MICROSECONDS + 1]; /* one bucket per microsecond; the last one holds all longer times */
static long answers, errors;
static double longest, counted_from;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Start connecting. The source addresses rotate: a single one would run out of ports within seconds. */
static int dial(int flags) {
    static unsigned turn;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (fd < 0) fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + turn++ % 64)};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&from, sizeof from)) fail("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) fail("connect");
    return fd;
}

static void watch(Client *client, int operation, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(poller, operation, client->fd, &event)) fail("epoll_ctl");
}

static void begin(Client *client) {
    client->sent = client->got = 0;
    client->since = now();
    client->fd = dial(SOCK_NONBLOCK);
    watch(client, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void begin_again(Client *client) {
    close(client->fd);
    begin(client);
}

/* Send the rest of the request: 1 if all is sent, 0 if the socket is full, -1 if the connection failed. */
static int push(Client *client) {
    while (client->sent < request_size) {
        ssize_t n = send(client->fd, request + client->sent, request_size - client->sent, MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN ? 0 : -1;
        client->sent += (size_t)n;
    }
    return 1;
}

static void count(double seconds) {
    long microseconds = (long)(seconds * 1e6);
    latencies[microseconds < MICROSECONDS ? microseconds : MICROSECONDS]++;
    answers++;
    if (seconds > longest) longest = seconds;
}

/* Read once; if the answer is complete, send the next request. -1 if the connection failed. */
static int pull(Client *client) {
    ssize_t n = recv(client->fd, input, READ_SIZE, 0);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return -1;
    client->got += (size_t)n;
    if (client->got < answer_size) return 0;
    if (client->got > answer_size || client->sent < request_size) return -1;
    double time = now();
    if (time >= counted_from) count(time - client->since);
    if (reconnects) {
        begin_again(client);
        return 0;
    }
    client->got = client->sent = 0;
    client->since = time;
    int done = push(client);
    if (done == 0) watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    return done;
}

static void serve(Client *client, unsigned events) {
    int state = 0;
    if (events & EPOLLOUT) {
        state = push(client);
        if (state == 1) watch(client, EPOLL_CTL_MOD, EPOLLIN);
    }
    if (state >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) state = pull(client);
    if (state < 0) {
        errors++;
        begin_again(client);
    }
}

/* The length of an answer to `request`, measured from one that is read to its end. */
static size_t measure_answer(void) {
    int fd = dial(0);
    size_t got = 0, size = 0;
    if (send(fd, request, request_size, 0) < 0) fail("send");
    while (!size || got < size) {
        ssize_t n = recv(fd, input + got, READ_SIZE - 1 - got, 0);
        if (n <= 0) fail("no answer");
        input[got += (size_t)n] = 0;
        char *end = strstr(input, "\r\n\r\n"), *length = strcasestr(input, "\r\ncontent-length:");
        if (end && length) size = (size_t)(end + 4 - input) + strtoul(length + 17, NULL, 10);
    }
    close(fd);
    return size;
}

static double percentile(double part) {
    long wanted = (long)((double)answers * part), seen = 0;
    for (int i = 0; i <= MICROSECONDS; i++)
        if ((seen += latencies[i]) > wanted) return i;
    return longest * 1e6;
}

static int hold(int clients) {
    for (int i = 0; i < clients; i++) dial(0);
    puts("holding");
    fflush(stdout);
    while (getchar() != EOF) continue;
    return 0;
}

int main(int count_of_words, char **words) {
    if (count_of_words < 4) {
        fputs("usage: load echo|http|connect|hold PORT CLIENTS [SECONDS [SIZE]]\n", stderr);
        return 2;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const char *mode = words[1];
    port = atoi(words[2]);
    int clients = atoi(words[3]);
    if (!strcmp(mode, "hold")) return hold(clients);
    double seconds = count_of_words > 4 ? atof(words[4]) : 1;
    input = malloc(READ_SIZE);
    if (!strcmp(mode, "http")) {
        request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n";
        request_size = strlen(request);
        answer_size = measure_answer();
    } else {
        reconnects = !strcmp(mode, "connect");
        request_size = answer_size = count_of_words > 5 ? (size_t)atol(words[5]) : 64;
        request = malloc(request_size);
        memset(request, 'x', request_size);
    }
    poller = epoll_create1(0);
    Client *all = calloc((size_t)clients, sizeof *all);
    counted_from = now() + WARM_UP;
    double end = counted_from + seconds;
    for (int i = 0; i < clients; i++) begin(all + i);
    struct epoll_event events[EVENTS];
    while (now() < end) {
        int ready = epoll_wait(poller, events, EVENTS, 100);
        for (int i = 0; i < ready; i++) serve(events[i].data.ptr, events[i].events);
    }
    printf("{\"rate\": %.1f, \"p50\": %.0f, \"p99\": %.0f, \"longest\": %.0f, \"errors\": %ld}\n",
           (double)answers / seconds, percentile(0.50), percentile(0.99), longest * 1e6, errors);
    return 0;
}

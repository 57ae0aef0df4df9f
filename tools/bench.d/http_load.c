/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posts one body over a number of connections, on each the next request as soon as the last one is
 * answered, and counts the answers:
 *
 *	bench-http-load PORT CONNECTIONS MILLISECONDS BODY-BYTES
 *
 * Prints {"requests": …, "seconds": …, "refused": …}; refused: answers other than 2xx. Reads no
 * bodies of answers: whoever is measured sends none.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES 4096

struct connection {
	int fd;
	size_t n_answer;
	char answer[ANSWER_BYTES];
};

struct load {
	int epoll;
	struct sockaddr_in server;
	char *request;
	size_t length;
	uint64_t answered, refused;
};

static void die(const char *what) {
	perror(what);
	exit(1);
}

static double now(void) {
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make_request(struct load *load, size_t body) {
	char head[128];
	int n = snprintf(head, sizeof(head),
			 "POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: %zu\r\n\r\n", body);

	load->length = (size_t)n + body;
	load->request = malloc(load->length);
	if (!load->request)
		die("malloc");
	memcpy(load->request, head, (size_t)n);
	memset(load->request + n, 'x', body);
}

/* One small request fits into the socket's buffer. */
static void ask(const struct load *load, struct connection *connection) {
	ssize_t n = send(connection->fd, load->request, load->length, MSG_NOSIGNAL);

	if (n != (ssize_t)load->length)
		die("send");
	connection->n_answer = 0;
}

static void begin(struct load *load, struct connection *connection) {
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	int on = 1;

	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 ||
	    connect(connection->fd, (struct sockaddr *)&load->server, sizeof(load->server)) < 0)
		die("connect");
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
		die("epoll_ctl");
	ask(load, connection);
}

static void take(struct load *load, struct connection *connection) {
	size_t room = sizeof(connection->answer) - connection->n_answer;
	ssize_t n = recv(connection->fd, connection->answer + connection->n_answer, room, 0);

	if (n <= 0)
		die("recv");
	connection->n_answer += (size_t)n;
	if (connection->n_answer < 12 ||
	    memcmp(connection->answer + connection->n_answer - 4, "\r\n\r\n", 4) != 0)
		return;
	load->answered++;
	load->refused += connection->answer[9] != '2';
	ask(load, connection);
}

static void run(struct load *load, double seconds) {
	struct epoll_event events[64];
	double begun = now(), end = begun + seconds, elapsed;

	while ((elapsed = now()) < end) {
		int n = epoll_wait(load->epoll, events, 64, 100);

		for (int i = 0; i < n; i++)
			take(load, events[i].data.ptr);
	}
	printf("{\"requests\": %llu, \"seconds\": %.6f, \"refused\": %llu}\n",
	       (unsigned long long)load->answered, elapsed - begun,
	       (unsigned long long)load->refused);
}

int main(int argc, char **argv) {
	struct load load = {0};
	struct connection *connections;
	int n;

	if (argc != 5)
		return 64;
	n = (int)strtol(argv[2], NULL, 10);
	load.server = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtol(argv[1], NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	connections = calloc((size_t)n, sizeof(*connections));
	if (load.epoll < 0 || !connections)
		die("epoll_create1");
	make_request(&load, strtoul(argv[4], NULL, 10));
	for (int i = 0; i < n; i++)
		begin(&load, &connections[i]);
	run(&load, (double)strtol(argv[3], NULL, 10) / 1e3);
	for (int i = 0; i < n; i++)
		close(connections[i].fd);
	free(connections);
	free(load.request);
	return 0;
}

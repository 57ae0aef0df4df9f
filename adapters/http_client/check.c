/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of settings without a start: whether the files are there, and belong together. */
#include "http_client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int readable(const char *key, const char *path, char *why, uint32_t cap) {
	struct stat info;
	int fd, r = 0;

	if (!path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &info) < 0)
		r = -errno;
	else if (!S_ISREG(info.st_mode))
		r = -EINVAL;
	if (fd >= 0)
		close(fd);
	if (r == -EINVAL)
		snprintf(why, cap, "%s %s is no regular file", key, path);
	else if (r < 0)
		snprintf(why, cap, "%s %s: %s", key, path, strerror(-r));
	return r;
}

static int check_proxy(const char *proxy, char *why, uint32_t cap) {
	CURLU *url;
	int r = 0;

	if (!proxy || !*proxy)
		return 0;
	url = curl_url();
	if (!url)
		return -ENOMEM;
	if (curl_url_set(url, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME))
		r = -EINVAL;
	if (r < 0)
		snprintf(why, cap, "proxy is no URL"); /* not which: it may hold a password */
	curl_url_cleanup(url);
	return r;
}

int check_settings(const void *config, char *why, uint32_t cap) {
	const struct http_settings *s = config;
	int r;

	if (s->tls.key_file && !s->tls.cert_file) {
		snprintf(why, cap, "tls.key_file without tls.cert_file");
		return -EINVAL;
	}
	r = readable("tls.ca_file", s->tls.ca_file, why, cap);
	if (r == 0)
		r = readable("tls.cert_file", s->tls.cert_file, why, cap);
	if (r == 0)
		r = readable("tls.key_file", s->tls.key_file, why, cap);
	return r < 0 ? r : check_proxy(s->proxy, why, cap);
}

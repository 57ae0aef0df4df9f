/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl counts its own starts and ends and since 7.84 guards them where atomics exist
 * (CURL_VERSION_THREADSAFE). Instances of one process may start on several threads: the lock makes
 * it safe among them with any libcurl.
 */
#include "http_client/client.h"

#include <errno.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int global_acquire(void) {
	CURLcode code;

	pthread_mutex_lock(&lock);
	code = curl_global_init(CURL_GLOBAL_DEFAULT);
	pthread_mutex_unlock(&lock);
	return code == CURLE_OK ? 0 : -ENOMEM;
}

void global_release(void) {
	pthread_mutex_lock(&lock);
	curl_global_cleanup();
	pthread_mutex_unlock(&lock);
}

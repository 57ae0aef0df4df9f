/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD: counts what the first thread of a program allocates and locks, and
 * writes "NAME COUNT" lines to the file named by COUNT_ALLOCATIONS when the program ends.
 *
 * It stands before the C library (glibc: __libc_malloc and its like are that library's own).
 */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

/* NOLINTBEGIN: these are the C library's own names, and its functions are defined anew. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *old);

static uint64_t n_malloc, n_calloc, n_realloc, n_aligned, n_free, n_lock;

/* Set in the first thread only: the constructor runs there. */
static __thread bool counted __attribute__((tls_model("initial-exec")));

static void count(uint64_t *counter) {
	if (counted)
		++*counter;
}

PUBLIC void *malloc(size_t size) {
	count(&n_malloc);
	return __libc_malloc(size);
}

PUBLIC void *calloc(size_t n, size_t size) {
	count(&n_calloc);
	return __libc_calloc(n, size);
}

PUBLIC void *realloc(void *old, size_t size) {
	count(&n_realloc);
	return __libc_realloc(old, size);
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size) {
	count(&n_aligned);
	return __libc_memalign(alignment, size);
}

PUBLIC int posix_memalign(void **ret, size_t alignment, size_t size) {
	count(&n_aligned);
	*ret = __libc_memalign(alignment, size);
	return *ret ? 0 : 12;
}

PUBLIC void free(void *old) {
	if (old)
		count(&n_free);
	__libc_free(old);
}

static int forward_lock(const char *name, void *lock) {
	union {
		void *object;
		int (*function)(void *);
	} next = {dlsym(RTLD_NEXT, name)};

	count(&n_lock);
	return next.function ? next.function(lock) : 0;
}

PUBLIC int pthread_mutex_lock(pthread_mutex_t *lock) {
	return forward_lock("pthread_mutex_lock", lock);
}

PUBLIC int pthread_mutex_trylock(pthread_mutex_t *lock) {
	return forward_lock("pthread_mutex_trylock", lock);
}

PUBLIC int pthread_rwlock_rdlock(pthread_rwlock_t *lock) {
	return forward_lock("pthread_rwlock_rdlock", lock);
}

PUBLIC int pthread_rwlock_wrlock(pthread_rwlock_t *lock) {
	return forward_lock("pthread_rwlock_wrlock", lock);
}

PUBLIC int pthread_spin_lock(pthread_spinlock_t *lock) {
	return forward_lock("pthread_spin_lock", (void *)(uintptr_t)lock);
}

PUBLIC int sem_wait(sem_t *semaphore) {
	return forward_lock("sem_wait", semaphore);
}

/* NOLINTEND */

__attribute__((constructor)) static void begin(void) {
	counted = true;
}

__attribute__((destructor)) static void end(void) {
	const char *path = getenv("COUNT_ALLOCATIONS");
	FILE *file;

	counted = false;
	file = path ? fopen(path, "we") : NULL;
	if (!file)
		return;
	fprintf(file,
		"malloc %llu\ncalloc %llu\nrealloc %llu\naligned %llu\nfree %llu\nlock %llu\n",
		(unsigned long long)n_malloc, (unsigned long long)n_calloc,
		(unsigned long long)n_realloc, (unsigned long long)n_aligned,
		(unsigned long long)n_free, (unsigned long long)n_lock);
	fclose(file);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names as a test wants them: libcurl calls this program's getaddrinfo, as the linker exports what a
 * library of the program needs. "slow.test" is found when names_release was called, "nowhere.invalid"
 * never; all others as always.
 */
#ifndef HTTP_CLIENT_TESTS_SLOW_NAMES_H
#define HTTP_CLIENT_TESTS_SLOW_NAMES_H

void names_release(void);

/* Waits until somebody looks for slow.test. */
void names_wait(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What railyard-probe and its caller agree on.
 *
 *	railyard-probe [--fd N] PATH			describe
 *	railyard-probe [--fd N] --check TYPE PATH	check the settings on standard input
 *
 * Answer, on descriptor N (standard output without --fd), then exit code 0:
 *	described:  a descriptor, which begins with '{'
 *	fault:      "!FAULT TEXT", FAULT being the number of an enum plugin_fault
 *	checked:    "=RESULT TEXT", RESULT being 0 or a negative errno
 *
 * No other exit is an answer: the plugin's code runs in that process and may do anything.
 */
#ifndef PLUGIN_PROBE_WIRE_H
#define PLUGIN_PROBE_WIRE_H

#define PROBE_FAULT_MARK '!'
#define PROBE_CHECK_MARK '='
#define PROBE_FD	 3
#define PROBE_PROGRAM	 "railyard-probe"
#define PROBE_LIMIT	 (4u << 20) /* bytes of an answer */
#define PROBE_TIMEOUT_MS 5000u

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Names of errno values for records and messages, independent of the locale. */
#ifndef BASE_ERRNAME_H
#define BASE_ERRNAME_H

/* "ENOSPC" for ENOSPC or -ENOSPC; "E123" for what has no name. Static storage or a thread's own. */
const char *errno_name(int error);

/* "no space left on device (ENOSPC)": for messages to people. A thread's own, until its next call. */
const char *errno_text(int error);

#endif

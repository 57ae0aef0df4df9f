/* SPDX-License-Identifier: Apache-2.0 */
/* What commands say on standard error about a manifest, and when in colour. */
#ifndef COMMANDS_REPORT_H
#define COMMANDS_REPORT_H

#include <stdbool.h>

#include "base/diag.h"
#include "manifest/manifest.h"

/* A terminal that can, and no NO_COLOR. */
bool colour_wanted(int fd);

/* Findings, if there are any, as text on standard error. */
void report_findings(const struct diag *diag, const struct manifest *manifest);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Does what concerns the log, if @action is of that kind:
 * log:LEVEL:DOMAIN:TEXT, the message and “logged” when that is done; flood:N, as many messages “line NUMBER”;
 * threads:N, the same from each of four threads, while the main loop goes on, and “flooded” when that is done; large:N, one of so many bytes; hostile, a message with whatever is no text;
 * print:TEXT, a line on the standard output and the standard error. */
gboolean app_log_action (const char *action);

G_END_DECLS

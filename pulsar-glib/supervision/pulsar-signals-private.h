/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Unix signals as events of the main loop. GLib refuses some of those that are needed here (QUIT, TTIN, TTOU), and one
 * mechanism for all is easier to put back as it was. There is one at a time in a process. */
typedef struct _PulsarSignals PulsarSignals;

/* Called from the main loop; a signal that came several times since may be told once. @at_ms is when it came, however busy the loop
 * was since, on a clock that wraps around: take differences. */
typedef void (*PulsarSignalsFunc) (int      signum,
                                   guint    at_ms,
                                   gpointer user_data);

/* Takes the signals in @signums, which ends with 0. Fails when there is no descriptor to be had. */
PulsarSignals *pulsar_signals_new  (const int          *signums,
                                    PulsarSignalsFunc   func,
                                    gpointer            user_data,
                                    GError            **error);

/* Puts the former dispositions back. */
void           pulsar_signals_free (PulsarSignals      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarSignals, pulsar_signals_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-watch.h>

G_BEGIN_DECLS

/* Adds `exited`, by which the arbiter tells the actors of this process of a death. */
void pulsar_watch_install         (void);

/* Adds `watch` and `unwatch`, which the arbiter executes. */
void pulsar_watch_install_arbiter (void);

/* Ends the watches of this process that bear these tokens. Those of others that were cancelled meanwhile are no error. */
void pulsar_watch_notify          (const guint64    *tokens,
                                   gsize             n_tokens,
                                   PulsarExitRecord *record);

G_END_DECLS

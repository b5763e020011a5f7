/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which messages are logged: a level for all, and levels for domains and those below them. */
typedef struct _PulsarLogLevels PulsarLogLevels;

/* Elements of @texts that say nothing are passed over; debug is the level for all then. */
PulsarLogLevels *pulsar_log_levels_new    (const char * const *texts,
                                           gboolean            debug) G_GNUC_WARN_UNUSED_RESULT;
void             pulsar_log_levels_free   (PulsarLogLevels    *self);
gboolean         pulsar_log_levels_pass   (PulsarLogLevels    *self,
                                           int                 priority,
                                           const char         *domain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarLogLevels, pulsar_log_levels_free)

G_END_DECLS

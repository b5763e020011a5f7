/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* What a worker has served, against the share that the settings `max-requests` and `max-requests-jitter` give it. */
typedef struct _PulsarRequestCount PulsarRequestCount;

/* The share is served; told once. */
typedef void (*PulsarRequestCountDone) (gpointer user_data);

PulsarRequestCount *pulsar_request_count_new  (PulsarConfig           *config,
                                               PulsarRequestCountDone  done,
                                               gpointer                user_data);
void                pulsar_request_count_free (PulsarRequestCount     *self);
void                pulsar_request_count_add  (PulsarRequestCount     *self);

/* Tells what has become due while nobody could be told. */
void                pulsar_request_count_open (PulsarRequestCount     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarRequestCount, pulsar_request_count_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-spawn.h>
#include <pulsar-glib/base/pulsar-worker-output.h>
#include <pulsar-glib/config/pulsar-config.h>
#include <pulsar-glib/process/pulsar-process-attributes-private.h>

G_BEGIN_DECLS

/* The name of the descriptor a worker logs to whose standard error is not the one of the supervisor. */
#define PULSAR_HELLO_LOG_FD "pulsar.log"

/* The first frame a worker reads: who it is, and all that it needs to become that. */
typedef struct
{
  char *application;       /* (owned) (nullable) the application this is a worker of; NULL for a spawned actor */
  char *type_name;         /* (owned) of the application, or of the actor */
  gboolean by_type;        /* the application is made by its type: no run () of the program knows it */
  char *id;                /* (owned) */
  char *name;              /* (owned) */
  char *supervisor;        /* (owned) the name or id of the actor that supervises it */
  guint slot;              /* which of the workers of its application, from 0 */
  guint generation;
  PulsarProcessAttributes *attributes;  /* (owned) */
  GVariant *snapshot;      /* (owned) configuration of the application, or of the arbiter */
  GVariant *parameters;    /* (owned) a{sv} */
  char **fd_names;         /* (owned) names of the inherited descriptors, in their order */
  guint orphan_timeout_ms;
  guint start_timeout_ms;
  guint heartbeat_ms;
  guint mailbox_messages;
  guint64 mailbox_bytes;
  guint64 message_size_max;
  guint mailbox_spin_us;
  char *log_name;          /* (owned) the name of the program */
  char *title;             /* (owned) what ps calls the program */
  char *exc_id;            /* (owned) */
  char **log_levels;       /* (owned) */
  char **log_handlers;     /* (owned) with absolute paths */
  gboolean debug;
  PulsarWorkerOutput output;  /* where its output goes; known to the supervisor only */
} PulsarHello;

/* Fills in what follows from the settings and from what the child is given. @slot is -1 for a spawned actor. Fails if the settings
 * cannot be obeyed. */
PulsarHello *pulsar_hello_new_for_config (PulsarConfig  *config,
                                          PulsarSpawn   *spawn,
                                          int            slot,
                                          GError       **error);
void         pulsar_hello_free   (PulsarHello  *self);
GVariant    *pulsar_hello_encode (PulsarHello  *self);
PulsarHello *pulsar_hello_decode (GVariant     *body,
                                  GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarHello, pulsar_hello_free)

G_END_DECLS

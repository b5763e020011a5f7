/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the mailboxes of a thread share. Each has a pointer to it: asking the thread for it with every message costs more
 * than the sharing saves. */
typedef struct
{
  guint ref_count;         /* of the thread, and of its mailboxes */
  guint n_dispatches;      /* of mailboxes, running now, inside each other */
  gpointer context;        /* (unowned) (nullable) of the innermost of them */
  GPtrArray *dirty;        /* (element-type PulsarMailbox) (unowned) others than those dispatched have to flush them */
  gconstpointer previous;  /* (unowned) the mailbox that was dispatched last; only compared */
  gint64 switched;         /* when another one was before it */

  /* One buffer for each direction waits here for the next mailbox that reads or writes: usually that is the same one, a
   * turn later, and a thousand idle mailboxes need no buffers. */
  gpointer in;             /* (owned) (nullable) a PulsarInboxBuffer */
  guint8 *out;             /* (owned) (nullable) */
  gsize out_size;
} PulsarWireThread;

/* Lends the one of this thread. */
PulsarWireThread *pulsar_wire_thread_get   (void);
PulsarWireThread *pulsar_wire_thread_ref   (PulsarWireThread *self);
void              pulsar_wire_thread_unref (PulsarWireThread *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarWireThread, pulsar_wire_thread_unref)

G_END_DECLS

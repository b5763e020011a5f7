/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* PulsarAsk: the GAsyncResult of an ask that goes over a channel.
 *
 * It is what a GTask would be, less what an ask does not need: a task costs as much as the rest of the way from the
 * public function to the socket, and one that was begun in a dispatch cannot end in the same dispatch, although the answer
 * may be there (see read_ahead () of the mailbox). */
#define PULSAR_TYPE_ASK (pulsar_ask_get_type ())
G_DECLARE_FINAL_TYPE (PulsarAsk, pulsar_ask, PULSAR, ASK, GObject)

PulsarAsk *pulsar_ask_new       (gpointer              source,   /* (nullable) */
                                 GAsyncReadyCallback   callback,
                                 gpointer              user_data) G_GNUC_WARN_UNUSED_RESULT;
/* From here on, and not before, the callback may run inside pulsar_ask_return (), if that is called in @context;
 * otherwise it runs in a later turn of the context that was the default of the thread when the ask was made. */
void       pulsar_ask_begun     (PulsarAsk            *self,
                                 GMainContext         *context);
/* Ends the ask, which is taken. The others are lent; without @error, no @body is the unit. */
void       pulsar_ask_return    (PulsarAsk            *self,
                                 GVariant             *body,
                                 GUnixFDList          *fds,
                                 const GError         *error);
gboolean   pulsar_ask_is_valid  (gpointer              result,
                                 gpointer              source);
GVariant  *pulsar_ask_finish    (PulsarAsk            *self,
                                 GUnixFDList         **fds,      /* (out) (optional) (nullable) (transfer full) */
                                 GError              **error);

G_END_DECLS

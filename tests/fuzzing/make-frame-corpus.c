/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the seeds of fuzz-frame to the folder given: one frame of each kind and form, and a stream of all of them. Run it
 * again when the form of a frame changes, and commit what it writes. */
#include <stdlib.h>

#include "pulsar-glib/wire/pulsar-frame-private.h"

static void
write_seed (const char *folder,
            const char *name,
            gconstpointer data,
            gsize size)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, data, (gssize) size, &error);
  g_assert_no_error (error);
}

int
main (int   argc,
      char *argv[])
{
  static const struct
  {
    const char *name;
    PulsarFrameKind kind;
    const char *route;
    const char *sender;
    const char *command;
    const char *body;  /* GVariant text */
  } seeds[] = {
    { "hello", PULSAR_FRAME_HELLO, NULL, NULL, NULL, "({'application': <'echo'>, 'generation': <uint32 1>}, [('workers', <2>)])" },
    { "ready", PULSAR_FRAME_READY, NULL, NULL, NULL, NULL },
    { "failed", PULSAR_FRAME_FAILED, NULL, NULL, NULL, "('pulsar-error-quark', 3, 'it failed')" },
    { "heartbeat", PULSAR_FRAME_HEARTBEAT, NULL, NULL, NULL, "(int64 123456789,)" },
    { "draining", PULSAR_FRAME_DRAINING, NULL, NULL, NULL, NULL },
    { "stop", PULSAR_FRAME_STOP, NULL, NULL, NULL, NULL },
    { "request", PULSAR_FRAME_REQUEST, "arbiter", NULL, "echo", "('a text of some bytes', [1.5, 2.5])" },
    { "request-relayed", PULSAR_FRAME_REQUEST, "web", "worker.1f", "info", NULL },
    { "post", PULSAR_FRAME_POST, "monitor", NULL, "grüße", "(<<(b'bytes', {'k': <[nothing, just 'x']>})>>,)" },
    { "reply-unit", PULSAR_FRAME_REPLY, NULL, NULL, NULL, "()" },
    { "reply-types", PULSAR_FRAME_REPLY, NULL, NULL, NULL,
      "(true, byte 1, int16 2, uint16 3, 4, uint32 5, int64 6, uint64 7, 8.0, handle 9, 's', objectpath '/o', signature 'g')" },
    { "reply-nested", PULSAR_FRAME_REPLY, NULL, NULL, NULL, "[[[[[[[['deep']]]]]]]]" },
    { "error", PULSAR_FRAME_ERROR, NULL, NULL, NULL, "('g-io-error-quark', 1, 'Not found')" },
    { "cancel", PULSAR_FRAME_CANCEL, NULL, NULL, NULL, NULL },
    { "credit", PULSAR_FRAME_CREDIT, NULL, NULL, NULL, NULL },
  };
  const char *folder = argc > 1 ? argv[1] : ".";
  g_autoptr(GByteArray) stream = g_byte_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (seeds); i++)
    {
      g_autoptr(GVariant) body = seeds[i].body != NULL ? g_variant_ref_sink (g_variant_new_parsed (seeds[i].body)) : NULL;
      const PulsarFrame frame = {
        .kind = seeds[i].kind,
        .flags = seeds[i].sender != NULL ? PULSAR_FRAME_SIBLING : 0,
        .id = i,
        .route = seeds[i].route,
        .sender = seeds[i].sender,
        .command = seeds[i].command,
        .body = body,
      };
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = pulsar_frame_encode (&frame, G_MAXUINT32, &error);

      g_assert_no_error (error);
      write_seed (folder, seeds[i].name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_byte_array_append (stream, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
    }
  write_seed (folder, "stream", stream->data, stream->len);
  return EXIT_SUCCESS;
}

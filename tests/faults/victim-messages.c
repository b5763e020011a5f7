/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "victim-messages.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a worker has its mailbox. */
#define MAILBOX_FD 3

static GPtrArray *kept;      /* (element-type PulsarRequest) not answered so far */
static guint64 n_counted;    /* of the commands “count” */
static guint64 n_misplaced;  /* those that did not come behind the one before */

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(PulsarConnection) connection = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);
  g_autofree char *text = value != NULL ? g_variant_print (value, FALSE) : NULL;
  g_autofree char *line = NULL;

  if (value != NULL)
    line = g_strdup_printf ("ok %.2000s\n", text);
  else
    line = g_strdup_printf ("error %s %d %s\n", g_quark_to_string (error->domain), error->code,
                            g_strdelimit (error->message, "\n", ' '));
  g_socket_send (g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection)), line, strlen (line), NULL, NULL);
}

/* TARGET COMMAND MILLISECONDS ARGUMENTS, of which 0 is no time limit. */
void
victim_ask (PulsarConnection *connection,
            const char       *line)
{
  g_auto(GStrv) words = g_strsplit (line, " ", 4);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) arguments = g_variant_parse (NULL, words[3], NULL, NULL, &error);

  g_assert_no_error (error);
  pulsar_actor_send_async (pulsar_actor_get_current (), words[0], words[1], arguments, NULL, (guint) atoi (words[2]), NULL, asked_cb,
                           g_object_ref (connection));
}

void
victim_write_raw (const char *digits)
{
  for (; g_ascii_isxdigit (digits[0]) && g_ascii_isxdigit (digits[1]); digits += 2)
    {
      guint8 byte = (guint8) (g_ascii_xdigit_value (digits[0]) << 4 | g_ascii_xdigit_value (digits[1]));

      if (write (MAILBOX_FD, &byte, 1) != 1)
        return;
    }
}

/* Keeps the request until “answer-kept”. */
static void
keep_command (PulsarRequest *request,
              gpointer       user_data)
{
  if (kept == NULL)
    kept = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (kept, g_object_ref (request));
}

static void
answer_kept_command (PulsarRequest *request,
                     gpointer       user_data)
{
  guint n_kept = kept != NULL ? kept->len : 0;

  for (guint i = 0; i < n_kept; i++)
    pulsar_request_return_value (g_ptr_array_index (kept, i), pulsar_request_get_arguments (g_ptr_array_index (kept, i)));
  g_clear_pointer (&kept, g_ptr_array_unref);
  pulsar_request_return_value (request, g_variant_new ("(u)", n_kept));
}

static void
fail_command (PulsarRequest *request,
              gpointer       user_data)
{
  g_autoptr(GError) error = NULL;
  const char *text;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &text);
  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, text);
  pulsar_request_return_error (request, error);
}

static void
count_command (PulsarRequest *request,
               gpointer       user_data)
{
  guint64 number;

  g_variant_get (pulsar_request_get_arguments (request), "(t)", &number);
  n_misplaced += number != ++n_counted;
}

static void
counted_command (PulsarRequest *request,
                 gpointer       user_data)
{
  pulsar_request_return_value (request, g_variant_new ("(tt)", n_counted, n_misplaced));
}

/* Posts as fast as it is allowed to. */
typedef struct
{
  PulsarRequest *request;  /* (owned) answered at the end */
  char *target;            /* (owned) */
  guint64 n_left;
  guint64 next;
} Flood;

static void
flood_free (Flood *flood)
{
  g_object_unref (flood->request);
  g_free (flood->target);
  g_free (flood);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Flood, flood_free)

static guint64 n_flooded;

static void
posted_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data);

static void
post (Flood *flood)
{
  n_flooded = flood->next;
  pulsar_actor_post_async (pulsar_request_get_actor (flood->request), flood->target, "count", g_variant_new ("(t)", ++flood->next), NULL,
                           NULL, posted_cb, flood);
}

static void
posted_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Flood) flood = user_data;
  g_autoptr(GError) error = NULL;

  if (!pulsar_actor_post_finish (PULSAR_ACTOR (source), result, &error))
    pulsar_request_return_error (flood->request, error);
  else if (--flood->n_left == 0)
    pulsar_request_return_value (flood->request, g_variant_new ("(t)", flood->next));
  else
    post (g_steal_pointer (&flood));
}

static void
flood_command (PulsarRequest *request,
               gpointer       user_data)
{
  Flood *flood = g_new0 (Flood, 1);

  g_variant_get (pulsar_request_get_arguments (request), "(st)", &flood->target, &flood->n_left);
  flood->request = g_object_ref (request);
  post (flood);
}

/* How far the flood has come. */
static void
flooded_command (PulsarRequest *request,
                 gpointer       user_data)
{
  pulsar_request_return_value (request, g_variant_new ("(t)", n_flooded));
}

void
victim_register_commands (void)
{
  pulsar_command_register ("keep", "(s)", PULSAR_COMMAND_CALLERS_ANY, keep_command, NULL, NULL);
  pulsar_command_register ("answer-kept", NULL, PULSAR_COMMAND_CALLERS_ANY, answer_kept_command, NULL, NULL);
  pulsar_command_register ("fail", "(s)", PULSAR_COMMAND_CALLERS_ANY, fail_command, NULL, NULL);
  pulsar_command_register ("count", "(t)", PULSAR_COMMAND_CALLERS_ANY, count_command, NULL, NULL);
  pulsar_command_register ("counted", NULL, PULSAR_COMMAND_CALLERS_ANY, counted_command, NULL, NULL);
  pulsar_command_register ("flood", "(st)", PULSAR_COMMAND_CALLERS_ANY, flood_command, NULL, NULL);
  pulsar_command_register ("flooded", NULL, PULSAR_COMMAND_CALLERS_ANY, flooded_command, NULL, NULL);
}

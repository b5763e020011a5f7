/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-shim.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/process/pulsar-identity-private.h"

static int
run_worker (const char *report)
{
  int fd = pulsar_identity_steal_mailbox ();
  gsize length = strlen (report);

  return write (fd, report, length) == (gssize) length ? 0 : 1;
}

int
process_shim_run (const char *report)
{
  g_autoptr(PulsarRecipe) recipe = NULL;
  g_autoptr(PulsarChild) child = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) received = g_string_new (NULL);
  char buffer[4096];
  gssize length;
  int mailbox_fd;

  if (pulsar_identity_is_worker ())
    return run_worker (report);

  if (g_getenv ("PULSAR_TEST_WAIT") != NULL)
    {
      printf ("waiting\n");
      fflush (stdout);
      if (read (STDIN_FILENO, buffer, 1) != 1)
        return 1;
    }

  recipe = pulsar_recipe_new (NULL, &error);
  if (recipe != NULL)
    child = pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox_fd, &error);
  if (child == NULL)
    {
      printf ("error %s %d %d %s\n", g_quark_to_string (error->domain), error->code,
              pulsar_child_error_is_temporary (error), error->message);
      return 70;
    }

  while ((length = read (mailbox_fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (received, buffer, length);
  close (mailbox_fd);
  while (pulsar_child_get_exit_record (child) == NULL)
    g_main_context_iteration (NULL, TRUE);
  printf ("arbiter %s\nworker %s\n", report, received->str);
  fflush (stdout);
  return pulsar_exit_record_get_code (pulsar_child_get_exit_record (child));
}

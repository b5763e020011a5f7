/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-identity-private.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-process-facts-private.h"
#include "pulsar-glib/wire/pulsar-frame-private.h"

/* A wrapper may clean the environment, and then the worker does not know that it is one: it would become a second arbiter, whose workers
 * do the same. Two traces are left of what it was to be: the mailbox with the first message in it, if the wrapper passes
 * descriptors on; and, if it waits for what it started, the wrapper between this process and an arbiter. */

#define GENERATIONS_MAX 16
#define HELLO_MS 1000

/* One whose file may not be looked at, since it is another user's, can be. */
static gboolean
can_be_this_program (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/exe", pid);
  g_autofree char *program = g_file_read_link (path, NULL);
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);

  return program == NULL || g_strcmp0 (program, own) == 0;
}

/* The first message may still be on its way. It is waited for only if another process of this program made the socket pair. */
static gboolean
has_mailbox (void)
{
  guint8 data[PULSAR_FRAME_HEAD_SIZE];
  PulsarFrameHead head;
  struct pollfd poll_fd = { .fd = PULSAR_IDENTITY_MAILBOX_FD, .events = POLLIN };
  struct ucred maker;
  socklen_t size = sizeof maker;

  if (getsockopt (poll_fd.fd, SOL_SOCKET, SO_PEERCRED, &maker, &size) != 0 || maker.pid <= 1 || maker.pid == getpid ())
    return FALSE;
  if (can_be_this_program (maker.pid))
    poll (&poll_fd, 1, HELLO_MS);
  return recv (poll_fd.fd, data, sizeof data, MSG_PEEK | MSG_DONTWAIT) == sizeof data &&
         pulsar_frame_head_decode (&head, data, G_MAXINT32, NULL) && head.kind == PULSAR_FRAME_HELLO;
}

/* Whether a process was executed as @argv. One that takes its arguments apart where they lie, as sudo does, ends texts earlier. */
static gboolean
has_arguments (int                 pid,
               const char * const *argv)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", pid);
  g_autofree char *text = NULL;
  gsize length, i = 0;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return FALSE;
  for (; *argv != NULL; argv++)
    {
      gsize size = strlen (*argv) + 1;

      if (length - i < size)
        return FALSE;
      for (gsize k = 0; k < size; k++, i++)
        {
          if (text[i] != (*argv)[k] && text[i] != '\0')
            return FALSE;
        }
    }
  return i == length;
}

static gboolean
is_below_wrapper (const char * const *command)
{
  int pid = getppid ();
  gboolean is_wrapped = FALSE;

  for (guint i = 0; i < GENERATIONS_MAX && pid > 1; i++)
    {
      PulsarProcessFacts facts;

      if (is_wrapped && can_be_this_program (pid))
        return TRUE;
      is_wrapped = is_wrapped || has_arguments (pid, command);
      if (!pulsar_process_facts_read (&facts, pid, NULL))
        return FALSE;
      pid = facts.parent_pid;
    }
  return FALSE;
}

gboolean
pulsar_identity_is_lost (const char * const *command)
{
  return has_mailbox () || (command != NULL && command[0] != NULL && is_below_wrapper (command));
}

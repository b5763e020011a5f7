/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-signals-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_SIGNUM 64

struct _PulsarSignals
{
  PulsarSignalsFunc func;
  gpointer user_data;
  GSource *source;                          /* (owned) */
  gboolean taken[MAX_SIGNUM + 1];
  struct sigaction previous[MAX_SIGNUM + 1];
};

/* What the handler may touch: it runs on any thread, between any two instructions. */
static int wake_fd = -1;
static int pending[MAX_SIGNUM + 1];  /* (atomic) how often each signal came since it was last told */
static int first_ms[MAX_SIGNUM + 1]; /* (atomic) when the first of these came */
static int last_ms[MAX_SIGNUM + 1];  /* (atomic) and the last */

static void
handle_signal (int signum)
{
  int saved_errno = errno;
  guint64 one = 1;
  struct timespec now = { 0 };
  int now_ms;

  clock_gettime (CLOCK_MONOTONIC, &now);
  now_ms = (int) (guint) ((guint64) now.tv_sec * 1000 + (guint64) now.tv_nsec / 1000000);
  if (g_atomic_int_get (&pending[signum]) == 0)
    g_atomic_int_set (&first_ms[signum], now_ms);
  g_atomic_int_set (&last_ms[signum], now_ms);
  g_atomic_int_inc (&pending[signum]);
  if (write (wake_fd, &one, sizeof one) < 0)
    {
      /* The counter is full, so the main loop is awake already. */
    }
  errno = saved_errno;
}

static gboolean
woken_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  PulsarSignals *self = user_data;
  guint64 count;

  if (read (fd, &count, sizeof count) < 0)
    return G_SOURCE_CONTINUE;

  for (int signum = 1; signum <= MAX_SIGNUM; signum++)
    {
      int times = g_atomic_int_get (&pending[signum]);

      g_atomic_int_add (&pending[signum], -times);
      for (int i = 0; i < times && wake_fd >= 0; i++)
        {
          int *at_ms = times > 1 && i == 0 ? first_ms : last_ms;

          self->func (signum, (guint) g_atomic_int_get (&at_ms[signum]), self->user_data);
        }
      if (wake_fd < 0)
        break;  /* freed by the callback */
    }
  return G_SOURCE_CONTINUE;
}

PulsarSignals *
pulsar_signals_new (const int          *signums,
                    PulsarSignalsFunc   func,
                    gpointer            user_data,
                    GError            **error)
{
  PulsarSignals *self;
  struct sigaction action = { .sa_handler = handle_signal, .sa_flags = SA_RESTART };

  g_assert (wake_fd < 0);

  wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (saved_errno), _("Cannot watch for signals: %s"),
                   g_strerror (saved_errno));
      return NULL;
    }

  self = g_new0 (PulsarSignals, 1);
  self->func = func;
  self->user_data = user_data;

  self->source = g_unix_fd_source_new (wake_fd, G_IO_IN);
  g_source_set_static_name (self->source, "[pulsar] signals");
  g_source_set_priority (self->source, G_PRIORITY_HIGH);
  g_source_set_callback (self->source, G_SOURCE_FUNC (woken_cb), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());

  sigemptyset (&action.sa_mask);
  for (guint i = 0; signums[i] != 0; i++)
    {
      g_atomic_int_set (&pending[signums[i]], 0);
      sigaction (signums[i], &action, &self->previous[signums[i]]);
      self->taken[signums[i]] = TRUE;
    }
  return self;
}

void
pulsar_signals_free (PulsarSignals *self)
{
  int fd = wake_fd;

  for (int signum = 1; signum <= MAX_SIGNUM; signum++)
    {
      if (self->taken[signum])
        sigaction (signum, &self->previous[signum], NULL);
    }
  g_source_destroy (self->source);
  g_source_unref (self->source);

  /* A handler that still runs on another thread must not write into whatever gets the number next. */
  wake_fd = -1;
  close (fd);
  g_free (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <signal.h>
#include <unistd.h>

#include "pulsar-glib/supervision/pulsar-signals-private.h"
#include "pulsar-test.h"

typedef struct
{
  PulsarSignals *signals;
  guint counts[65];
  guint at_ms[65][2];  /* of the first and the last */
  gboolean free_at_first;
} Fixture;

static const int signums[] = { SIGTERM, SIGQUIT, SIGTTIN, SIGTTOU, SIGHUP, 0 };

static void
signal_cb (int      signum,
           guint    at_ms,
           gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->at_ms[signum][fixture->counts[signum] == 0 ? 0 : 1] = at_ms;
  fixture->counts[signum]++;
  if (fixture->free_at_first)
    g_clear_pointer (&fixture->signals, pulsar_signals_free);
}

static void
take (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;

  *fixture = (Fixture) { NULL };
  fixture->signals = pulsar_signals_new (signums, signal_cb, fixture, &error);
  g_assert_no_error (error);
}

static void
test_signals_count (void)
{
  Fixture fixture;

  g_test_summary ("Each of several signals is told, in the main loop and not before");
  take (&fixture);
  for (guint i = 0; i < 3; i++)
    raise (SIGTTIN);
  raise (SIGTERM);
  raise (SIGQUIT);
  g_assert_cmpuint (fixture.counts[SIGTTIN], ==, 0);
  pulsar_test_wait_for (fixture.counts[SIGTTIN] > 0);
  g_assert_cmpuint (fixture.counts[SIGTTIN], ==, 3);
  g_assert_cmpuint (fixture.counts[SIGTERM], ==, 1);
  g_assert_cmpuint (fixture.counts[SIGQUIT], ==, 1);
  g_assert_cmpuint (fixture.counts[SIGTTOU], ==, 0);

  raise (SIGTTOU);
  pulsar_test_wait_for (fixture.counts[SIGTTOU] > 0);
  g_assert_cmpuint (fixture.counts[SIGTTIN], ==, 3);
  pulsar_signals_free (fixture.signals);
}

static void
test_signals_time (void)
{
  gint64 began = g_get_monotonic_time ();
  gint64 pause;
  Fixture fixture;

  g_test_summary ("It is told when a signal came, however long the main loop was busy since");
  take (&fixture);
  raise (SIGTERM);
  pause = g_get_monotonic_time ();
  g_usleep (20 * 1000);  /* the loop is busy */
  pause = g_get_monotonic_time () - pause;
  raise (SIGTERM);
  g_usleep (20 * 1000);
  pulsar_test_wait_for (fixture.counts[SIGTERM] == 2);
  g_assert_cmpuint (fixture.at_ms[SIGTERM][1] - fixture.at_ms[SIGTERM][0] + 1, >=, pause / 1000);
  g_assert_cmpuint (fixture.at_ms[SIGTERM][1] - (guint) (began / 1000), <=, (g_get_monotonic_time () - began) / 1000 - 19);
  pulsar_signals_free (fixture.signals);
}

static void
own_handler (int signum)
{
}

static void
test_signals_restore (void)
{
  struct sigaction own = { .sa_handler = own_handler, .sa_flags = SA_RESTART };
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  struct sigaction now;
  Fixture fixture;

  g_test_summary ("Former dispositions come back, and those of other signals are left alone");
  sigemptyset (&own.sa_mask);
  sigaddset (&own.sa_mask, SIGUSR1);
  g_assert_no_errno (sigaction (SIGTERM, &own, NULL));
  g_assert_no_errno (sigaction (SIGHUP, &ignore, NULL));
  signal (SIGQUIT, SIG_DFL);  /* a shell starts what runs in the background with it ignored */
  take (&fixture);
  g_assert_no_errno (sigaction (SIGTERM, NULL, &now));
  g_assert_true (now.sa_handler != own_handler);
  g_assert_no_errno (sigaction (SIGUSR2, NULL, &now));
  g_assert_true (now.sa_handler == SIG_DFL);
  pulsar_signals_free (fixture.signals);

  g_assert_no_errno (sigaction (SIGTERM, NULL, &now));
  g_assert_true (now.sa_handler == own_handler);
  g_assert_true (sigismember (&now.sa_mask, SIGUSR1));
  g_assert_no_errno (sigaction (SIGHUP, NULL, &now));
  g_assert_true (now.sa_handler == SIG_IGN);
  g_assert_no_errno (sigaction (SIGQUIT, NULL, &now));
  g_assert_true (now.sa_handler == SIG_DFL);
  signal (SIGTERM, SIG_DFL);
  signal (SIGHUP, SIG_DFL);
}

static void
test_signals_freed (void)
{
  guint n_fds = pulsar_test_count_fds ();
  Fixture fixture;

  g_test_summary ("Freed in its own callback it tells nothing more, and leaves no descriptor; what came before is forgotten");
  for (guint i = 0; i < 10; i++)
    {
      take (&fixture);
      fixture.free_at_first = TRUE;
      raise (SIGHUP);
      raise (SIGHUP);
      raise (SIGTTOU);
      pulsar_test_wait_for (fixture.signals == NULL);
      g_assert_cmpuint (fixture.counts[SIGHUP] + fixture.counts[SIGTTOU], ==, 1);
      while (g_main_context_iteration (NULL, FALSE))
        {
        }
      g_assert_cmpuint (fixture.counts[SIGHUP] + fixture.counts[SIGTTOU], ==, 1);
    }
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);

  take (&fixture);
  raise (SIGTTIN);
  pulsar_signals_free (fixture.signals);
  take (&fixture);
  while (g_main_context_iteration (NULL, FALSE))
    {
    }
  g_assert_cmpuint (fixture.counts[SIGTTIN], ==, 0);
  pulsar_signals_free (fixture.signals);
}

static gpointer
raise_many (gpointer thread)
{
  for (guint i = 0; i < 1000; i++)
    kill (getpid (), SIGTTIN);
  return NULL;
}

static void
test_signals_storm (void)
{
  GThread *threads[4];
  Fixture fixture;

  g_test_summary ("A storm from several threads is survived and told");
  take (&fixture);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("storm", raise_many, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  raise (SIGQUIT);
  pulsar_test_wait_for (fixture.counts[SIGQUIT] == 1);
  g_assert_cmpuint (fixture.counts[SIGTTIN], >=, 1);
  g_assert_cmpuint (fixture.counts[SIGTTIN], <=, 4000);
  pulsar_signals_free (fixture.signals);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    {
    }
  g_test_add_func ("/signals/count", test_signals_count);
  g_test_add_func ("/signals/time", test_signals_time);
  g_test_add_func ("/signals/restore", test_signals_restore);
  g_test_add_func ("/signals/freed", test_signals_freed);
  g_test_add_func ("/signals/storm", test_signals_storm);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "pulsar-glib/supervision/pulsar-restart-history-private.h"

#define MS G_TIME_SPAN_MILLISECOND
#define SECOND G_TIME_SPAN_SECOND

/* The defaults of the settings. */
static const PulsarRestartLimits defaults = { 100 * MS, 30 * SECOND, 5, 10 * SECOND, 10 * SECOND };

/* Whatever the clock showed when the program began. */
#define START (12345 * SECOND)

static void
assert_about (gint64 delay_us,
              gint64 nominal_us)
{
  g_assert_cmpint (delay_us, >=, nominal_us * 8 / 10);
  g_assert_cmpint (delay_us, <=, nominal_us * 12 / 10);
}

static void
test_history_delays (void)
{
  PulsarRestartLimits limits = defaults;
  gint64 now = START;

  g_test_summary ("The first death is replaced at once, then the delay doubles up to its maximum, always with jitter within 20 %");
  limits.max_restarts = 0;
  for (guint round = 0; round < 50; round++)
    {
      g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();
      gint64 nominal = limits.delay_us;

      g_assert_cmpint (pulsar_restart_history_died (history, &limits, now, now - 50 * MS), ==, 0);
      for (guint i = 0; i < 12; i++)
        {
          now += MS;
          assert_about (pulsar_restart_history_died (history, &limits, now, now - 50 * MS), nominal);
          nominal = MIN (nominal * 2, limits.delay_max_us);
        }
      g_assert_cmpint (nominal, ==, limits.delay_max_us);
      g_assert_cmpuint (pulsar_restart_history_get_restarts (history), ==, 13);
    }
}

static void
test_history_jitter (void)
{
  PulsarRestartLimits limits = defaults;
  gint64 least = G_MAXINT64, most = 0;

  g_test_summary ("The jitter goes both ways: slots that died together do not come back together");
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();
      gint64 delay;

      pulsar_restart_history_died (history, &limits, START, -1);
      delay = pulsar_restart_history_died (history, &limits, START, -1);
      least = MIN (least, delay);
      most = MAX (most, delay);
    }
  g_assert_cmpint (least, <, 90 * MS);
  g_assert_cmpint (most, >, 110 * MS);
}

static void
test_history_sixth (void)
{
  g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();
  gint64 now = START;

  g_test_summary ("With the defaults the sixth restart within ten seconds is refused");
  for (guint i = 0; i < 5; i++, now += SECOND)
    g_assert_cmpint (pulsar_restart_history_died (history, &defaults, now, now - 50 * MS), >=, 0);
  g_assert_cmpint (pulsar_restart_history_died (history, &defaults, now, now - 50 * MS), ==, -1);
  g_assert_cmpint (pulsar_restart_history_died (history, &defaults, START + 10 * SECOND - 1, -1), ==, -1);
  g_assert_cmpuint (pulsar_restart_history_get_restarts (history), ==, 5);
}

static void
test_history_window (void)
{
  g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();
  gint64 now = START;

  g_test_summary ("Restarts that are older than the window do not count, to the microsecond");
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (pulsar_restart_history_died (history, &defaults, now, -1), >=, 0);
  now = START + defaults.window_us - 1;
  g_assert_cmpint (pulsar_restart_history_died (history, &defaults, now, -1), ==, -1);
  now = START + defaults.window_us;
  g_assert_cmpint (pulsar_restart_history_died (history, &defaults, now, -1), >=, 0);

  /* One every window / 5 goes on for ever. */
  for (guint i = 0; i < 100; i++)
    {
      now += defaults.window_us / 4;
      g_assert_cmpint (pulsar_restart_history_died (history, &defaults, now, -1), >=, 0);
    }
}

static void
test_history_healthy (void)
{
  PulsarRestartLimits limits = defaults;
  g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();
  gint64 now = START;

  g_test_summary ("A worker that was ready for healthy-after is replaced at once and the delay begins anew; one that never was is not healthy");
  limits.max_restarts = 0;
  for (guint i = 0; i < 6; i++)
    pulsar_restart_history_died (history, &limits, now, -1);

  assert_about (pulsar_restart_history_died (history, &limits, now, now - limits.healthy_after_us + 1), 3200 * MS);
  g_assert_cmpint (pulsar_restart_history_died (history, &limits, now, now - limits.healthy_after_us), ==, 0);
  assert_about (pulsar_restart_history_died (history, &limits, now, -1), 100 * MS);
  assert_about (pulsar_restart_history_died (history, &limits, now + 1000 * SECOND, -1), 200 * MS);
}

static void
test_history_healthy_counts (void)
{
  PulsarRestartLimits limits = defaults;
  g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();

  g_test_summary ("Every restart counts, also that of a healthy worker");
  limits.healthy_after_us = 0;
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (pulsar_restart_history_died (history, &limits, START, START), ==, 0);
  g_assert_cmpint (pulsar_restart_history_died (history, &limits, START, START), ==, -1);
}

static void
test_history_no_delay (void)
{
  PulsarRestartLimits limits = defaults;
  g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();

  g_test_summary ("restart-delay=0 replaces always at once; max-restarts=0 does so without end and grows no memory");
  limits.delay_us = 0;
  limits.max_restarts = 0;
  for (guint i = 0; i < 100000; i++)
    g_assert_cmpint (pulsar_restart_history_died (history, &limits, START, -1), ==, 0);
  g_assert_cmpuint (pulsar_restart_history_get_restarts (history), ==, 100000);

  /* A limit that is set while it runs counts from then on. */
  limits.max_restarts = 1;
  g_assert_cmpint (pulsar_restart_history_died (history, &limits, START, -1), ==, 0);
  g_assert_cmpint (pulsar_restart_history_died (history, &limits, START, -1), ==, -1);
}

static void
test_history_small_maximum (void)
{
  PulsarRestartLimits limits = defaults;
  g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();

  g_test_summary ("A maximum below the first delay wins");
  limits.max_restarts = 0;
  limits.delay_max_us = 10 * MS;
  pulsar_restart_history_died (history, &limits, START, -1);
  for (guint i = 0; i < 5; i++)
    assert_about (pulsar_restart_history_died (history, &limits, START, -1), 10 * MS);

  /* What was lowered while it runs holds at the next death. */
  limits.delay_us = limits.delay_max_us = 1 * MS;
  assert_about (pulsar_restart_history_died (history, &limits, START, -1), 1 * MS);
}

static void
test_history_defer (void)
{
  PulsarRestartLimits limits = defaults;
  g_autoptr(PulsarRestartHistory) history = pulsar_restart_history_new ();
  gint64 nominal = 100 * MS;

  g_test_summary ("A start that could not be attempted backs off, never without a pause, and uses up no restart");
  for (guint i = 0; i < 20; i++)
    {
      gint64 delay = pulsar_restart_history_defer (history, &limits);

      g_assert_cmpint (delay, >=, 80 * MS);
      g_assert_cmpint (delay, <=, nominal * 12 / 10);
      if (i > 0)
        nominal = MIN (nominal * 2, limits.delay_max_us);
    }
  g_assert_cmpuint (pulsar_restart_history_get_restarts (history), ==, 0);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (pulsar_restart_history_died (history, &limits, START, -1), >=, 0);

  limits.delay_us = 0;
  limits.delay_max_us = 0;
  for (guint i = 0; i < 20; i++)
    assert_about (pulsar_restart_history_defer (history, &limits), 100 * MS);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/restart-history/delays", test_history_delays);
  g_test_add_func ("/restart-history/jitter", test_history_jitter);
  g_test_add_func ("/restart-history/sixth", test_history_sixth);
  g_test_add_func ("/restart-history/window", test_history_window);
  g_test_add_func ("/restart-history/healthy", test_history_healthy);
  g_test_add_func ("/restart-history/healthy-counts", test_history_healthy_counts);
  g_test_add_func ("/restart-history/no-delay", test_history_no_delay);
  g_test_add_func ("/restart-history/small-maximum", test_history_small_maximum);
  g_test_add_func ("/restart-history/defer", test_history_defer);
  return g_test_run ();
}

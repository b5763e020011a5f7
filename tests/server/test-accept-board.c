/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/mman.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-accept-board-private.h"
#include "pulsar-test.h"

typedef struct
{
  int fd;
  PulsarAcceptBoard *workers[3];  /* as seen by three workers, here all in one process */
} Fixture;

static void
fixture_set_up (Fixture       *fixture,
                gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;

  fixture->fd = pulsar_accept_board_create (&error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (fixture->workers); i++)
    {
      fixture->workers[i] = pulsar_accept_board_open (fixture->fd, &error);
      g_assert_no_error (error);
    }
}

static void
fixture_tear_down (Fixture       *fixture,
                   gconstpointer  user_data)
{
  for (guint i = 0; i < G_N_ELEMENTS (fixture->workers); i++)
    g_clear_pointer (&fixture->workers[i], pulsar_accept_board_free);
  close (fixture->fd);
}

static void
count (PulsarAcceptBoard *worker,
       guint              n)
{
  for (guint i = 0; i < n; i++)
    pulsar_accept_board_count (worker);
}

static void
test_accept_board_lead (Fixture       *fixture,
                        gconstpointer  user_data)
{
  PulsarAcceptBoard **workers = fixture->workers;

  g_test_summary ("The lead counts those who sleep and have had less");
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 0);
  count (workers[0], 3);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 0);
  pulsar_accept_board_sleep (workers[1]);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 3);
  pulsar_accept_board_sleep (workers[2]);
  pulsar_accept_board_sleep (workers[2]);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 6);
  count (workers[1], 2);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 4);
  pulsar_accept_board_wake (workers[2]);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 1);
  count (workers[1], 1);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 0);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[1]), ==, 0);
}

static void
test_accept_board_doubt (Fixture       *fixture,
                         gconstpointer  user_data)
{
  PulsarAcceptBoard **workers = fixture->workers;

  g_test_summary ("Who let a connection wait is not counted again before it shows life");
  count (workers[0], 1);
  pulsar_accept_board_sleep (workers[1]);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 1);
  pulsar_accept_board_pass_failed (workers[0]);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 0);
  pulsar_accept_board_sleep (workers[2]);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 1);
  pulsar_accept_board_wake (workers[1]);
  pulsar_accept_board_sleep (workers[1]);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 2);
}

static void
test_accept_board_lag (Fixture       *fixture,
                       gconstpointer  user_data)
{
  PulsarAcceptBoard **workers = fixture->workers;
  g_autoptr(PulsarAcceptBoard) late = NULL;

  g_test_summary ("A new worker has no arrears, and one that was busy for long only small ones");
  count (workers[0], 1000);
  pulsar_accept_board_sleep (workers[1]);
  count (workers[1], 1);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), <, 100);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), >, 0);
  pulsar_accept_board_wake (workers[1]);

  late = pulsar_accept_board_open (fixture->fd, NULL);
  pulsar_accept_board_sleep (late);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 0);
}

static void
test_accept_board_leave (Fixture       *fixture,
                         gconstpointer  user_data)
{
  PulsarAcceptBoard **workers = fixture->workers;

  g_test_summary ("Who left is not counted, and its place is taken by the next");
  count (workers[0], 1);
  pulsar_accept_board_sleep (workers[1]);
  g_clear_pointer (&workers[1], pulsar_accept_board_free);
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 0);
  for (guint i = 0; i < 1000; i++)
    {
      workers[1] = pulsar_accept_board_open (fixture->fd, NULL);
      pulsar_accept_board_sleep (workers[1]);
      pulsar_accept_board_count (workers[1]);
      g_clear_pointer (&workers[1], pulsar_accept_board_free);
    }
  g_assert_cmpuint (pulsar_accept_board_get_lead (workers[0]), ==, 0);
}

static void
test_accept_board_full (Fixture       *fixture,
                        gconstpointer  user_data)
{
  g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_accept_board_free);
  PulsarAcceptBoard *last;

  g_test_summary ("A worker without a slot works on, and just never waits for others");
  for (guint i = 0; i < 300; i++)
    g_ptr_array_add (others, pulsar_accept_board_open (fixture->fd, NULL));
  last = g_ptr_array_index (others, others->len - 1);
  pulsar_accept_board_sleep (fixture->workers[0]);
  count (last, 5);
  pulsar_accept_board_sleep (last);
  pulsar_accept_board_wake (last);
  g_assert_cmpuint (pulsar_accept_board_get_lead (last), ==, 0);
  pulsar_accept_board_pass_failed (last);
}

static void
test_accept_board_foreign (void)
{
  g_autoptr(GError) error = NULL;
  int fd = memfd_create ("small", MFD_CLOEXEC);

  g_test_summary ("What is no board is refused, and a board cannot be cut off under its readers");
  g_assert_cmpint (ftruncate (fd, 64), ==, 0);
  g_assert_null (pulsar_accept_board_open (fd, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  close (fd);
  g_clear_error (&error);
  g_assert_null (pulsar_accept_board_open (-1, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);

  fd = pulsar_accept_board_create (NULL);
  g_assert_cmpint (ftruncate (fd, 64), ==, -1);
  close (fd);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("/accept-board/lead", test_accept_board_lead);
  ADD ("/accept-board/doubt", test_accept_board_doubt);
  ADD ("/accept-board/lag", test_accept_board_lag);
  ADD ("/accept-board/leave", test_accept_board_leave);
  ADD ("/accept-board/full", test_accept_board_full);
#undef ADD
  g_test_add_func ("/accept-board/foreign", test_accept_board_foreign);
  return g_test_run ();
}

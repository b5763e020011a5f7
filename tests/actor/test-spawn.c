/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-spawn-private.h"
#include "pulsar-test.h"

static void
test_spawn_parameters (void)
{
  g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new ("web", "1234abcd", 2);
  g_autoptr(GVariant) first = NULL;
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;
  g_autofree char *id = NULL;
  guint seats;
  guint slot;

  g_test_summary ("Parameters are set, replaced, and read as one dictionary");
  g_object_get (spawn, "name", &name, "id", &id, "slot", &slot, "parameters", &first, NULL);
  g_assert_cmpuint (slot, ==, 2);
  g_assert_cmpuint (pulsar_spawn_get_slot (spawn), ==, 2);
  g_assert_cmpstr (name, ==, "web");
  g_assert_cmpstr (pulsar_spawn_get_name (spawn), ==, "web");
  g_assert_cmpstr (id, ==, "1234abcd");
  g_assert_cmpstr (pulsar_spawn_get_id (spawn), ==, "1234abcd");
  g_assert_cmpuint (g_variant_n_children (first), ==, 0);

  pulsar_spawn_set_parameter (spawn, "seats", g_variant_new_uint32 (4));
  g_assert_true (g_variant_lookup (pulsar_spawn_get_parameters (spawn), "seats", "u", &seats));
  g_assert_cmpuint (seats, ==, 4);
  pulsar_spawn_set_parameter (spawn, "seats", g_variant_new_uint32 (5));
  text = g_variant_print (pulsar_spawn_get_parameters (spawn), FALSE);
  g_assert_cmpstr (text, ==, "{'seats': <uint32 5>}");
  g_assert_cmpuint (g_variant_n_children (first), ==, 0);
}

static void
test_spawn_fds (void)
{
  g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new ("web", "1234abcd", 2);
  guint n_before = pulsar_test_count_fds ();
  guint n_fds;
  const int *fds;

  g_test_summary ("Descriptors keep their order and names, are replaced by name and closed in the end");
  fds = pulsar_spawn_get_fds (spawn, &n_fds);
  g_assert_cmpuint (n_fds, ==, 0);
  g_assert_null (pulsar_spawn_get_fd_names (spawn)[0]);
  pulsar_spawn_take_fd (spawn, "listener-0", open ("/dev/null", O_RDONLY | O_CLOEXEC));
  pulsar_spawn_take_fd (spawn, "listener-1", open ("/dev/null", O_RDONLY | O_CLOEXEC));
  pulsar_spawn_take_fd (spawn, "listener-0", open ("/dev/null", O_RDONLY | O_CLOEXEC));
  fds = pulsar_spawn_get_fds (spawn, &n_fds);
  g_assert_cmpuint (n_fds, ==, 2);
  g_assert_cmpint (fds[0], !=, fds[1]);
  g_assert_cmpstr (pulsar_spawn_get_fd_names (spawn)[0], ==, "listener-0");
  g_assert_cmpstr (pulsar_spawn_get_fd_names (spawn)[1], ==, "listener-1");
  g_assert_null (pulsar_spawn_get_fd_names (spawn)[2]);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_before + 2);
  g_assert_finalize_object (g_steal_pointer (&spawn));
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_before);
}

static void
test_spawn_environment (void)
{
  g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new ("web", "1234abcd", 2);
  const char * const expected[] = { "A=3", "AB", "C=", NULL };

  g_test_summary ("The last word on a variable counts");
  pulsar_spawn_set_environment (spawn, "A", "1");
  pulsar_spawn_set_environment (spawn, "AB", "2");
  pulsar_spawn_set_environment (spawn, "AB", NULL);
  pulsar_spawn_set_environment (spawn, "A", NULL);
  pulsar_spawn_set_environment (spawn, "A", "3");
  pulsar_spawn_set_environment (spawn, "C", "");
  g_assert_cmpstrv ((GStrv) pulsar_spawn_get_environment (spawn), (GStrv) expected);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/spawn/parameters", test_spawn_parameters);
  g_test_add_func ("/spawn/fds", test_spawn_fds);
  g_test_add_func ("/spawn/environment", test_spawn_environment);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/base/pulsar-error-private.h"

static void
test_error_exit_status (void)
{
  static const struct
  {
    PulsarError code;
    PulsarExitStatus status;
  } rows[] = {
    { PULSAR_ERROR_USAGE, PULSAR_EXIT_USAGE },
    { PULSAR_ERROR_CONFIGURATION, PULSAR_EXIT_CONFIGURATION },
    { PULSAR_ERROR_BOOTSTRAP, PULSAR_EXIT_INTERNAL },
    { PULSAR_ERROR_NOT_PREPARED, PULSAR_EXIT_INTERNAL },
    { PULSAR_ERROR_START, PULSAR_EXIT_UNAVAILABLE },
    { PULSAR_ERROR_HOOK, PULSAR_EXIT_UNAVAILABLE },
    { PULSAR_ERROR_PERMISSION_DENIED, PULSAR_EXIT_PERMISSION },
  };
  g_autoptr(GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE, "in use");
  g_autoptr(GError) spawn = g_error_new_literal (G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT, "no worker");

  g_test_summary ("Each error ends the program with the exit status users are promised");
  g_assert_cmpint (pulsar_error_get_exit_status (NULL), ==, PULSAR_EXIT_OK);
  g_assert_cmpint (pulsar_error_get_exit_status (foreign), ==, PULSAR_EXIT_UNAVAILABLE);
  g_assert_cmpint (pulsar_error_get_exit_status (spawn), ==, PULSAR_EXIT_INTERNAL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = g_error_new_literal (PULSAR_ERROR, (int) rows[i].code, "x");

      g_assert_cmpint (pulsar_error_get_exit_status (error), ==, rows[i].status);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/error/exit-status", test_error_exit_status);
  return g_test_run ();
}

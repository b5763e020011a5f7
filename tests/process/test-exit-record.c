/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>
#include <signal.h>

#include "pulsar-glib/process/pulsar-exit-record-private.h"

static void
test_exit_record_properties (void)
{
  g_autoptr(PulsarExitRecord) record =
    pulsar_exit_record_new (12, 1000, 2500, PULSAR_EXIT_REASON_KILLED_START, -1, SIGKILL, TRUE);
  int pid, code, signal_number;
  gint64 started, ended;
  PulsarExitReason reason;
  gboolean core_dumped;

  g_test_summary ("A record says the same by its properties and its getters");
  g_object_get (record, "pid", &pid, "started", &started, "ended", &ended, "reason", &reason, "code", &code,
                "signal-number", &signal_number, "core-dumped", &core_dumped, NULL);
  g_assert_cmpint (pid, ==, 12);
  g_assert_cmpint (pulsar_exit_record_get_pid (record), ==, pid);
  g_assert_cmpint (started, ==, 1000);
  g_assert_cmpint (pulsar_exit_record_get_started (record), ==, started);
  g_assert_cmpint (ended, ==, 2500);
  g_assert_cmpint (pulsar_exit_record_get_ended (record), ==, ended);
  g_assert_cmpint (reason, ==, PULSAR_EXIT_REASON_KILLED_START);
  g_assert_cmpint (pulsar_exit_record_get_reason (record), ==, reason);
  g_assert_cmpint (code, ==, -1);
  g_assert_cmpint (pulsar_exit_record_get_code (record), ==, code);
  g_assert_cmpint (signal_number, ==, SIGKILL);
  g_assert_cmpint (pulsar_exit_record_get_signal_number (record), ==, signal_number);
  g_assert_true (core_dumped);
  g_assert_true (pulsar_exit_record_get_core_dumped (record));
}

static void
test_exit_record_last_lines (void)
{
  static const char *const words[] = { "Traceback", "no such module", NULL };
  g_autoptr(PulsarExitRecord) record = pulsar_exit_record_new (12, 0, 1, PULSAR_EXIT_REASON_EXITED, 1, 0, FALSE);
  g_autoptr(PulsarExitRecord) copy = NULL;
  g_autoptr(GVariant) value = NULL;
  g_auto(GStrv) lines = NULL;

  g_test_summary ("A record has the last lines of the process, or an empty list");
  g_assert_cmpuint (g_strv_length ((char **) pulsar_exit_record_get_last_lines (record)), ==, 0);
  pulsar_exit_record_take_last_lines (record, g_strdupv ((char **) words));
  g_object_get (record, "last-lines", &lines, NULL);
  g_assert_cmpstrv (lines, words);

  value = g_variant_ref_sink (pulsar_exit_record_to_variant (record));
  copy = pulsar_exit_record_new_from_variant (value);
  g_assert_cmpstrv (pulsar_exit_record_get_last_lines (copy), words);
}

static void
test_exit_record_to_string (void)
{
  static const struct
  {
    PulsarExitReason reason;
    int code;
    int signal_number;
    gboolean core_dumped;
    const char *text;
  } rows[] = {
    { PULSAR_EXIT_REASON_EXITED, 7, 0, FALSE, "ended with status 7 after 1.500 s" },
    { PULSAR_EXIT_REASON_SIGNALLED, -1, SIGSEGV, TRUE, "was ended by signal SIGSEGV after 1.500 s and left a core dump" },
    { PULSAR_EXIT_REASON_SIGNALLED, -1, SIGKILL, FALSE, "was ended by signal SIGKILL after 1.500 s" },
    { PULSAR_EXIT_REASON_SIGNALLED, -1, 63, FALSE, "was ended by signal 63 after 1.500 s" },
    { PULSAR_EXIT_REASON_KILLED_TIMEOUT, -1, SIGABRT, FALSE,
      "was ended by signal SIGABRT after 1.500 s (killed because it was silent)" },
    { PULSAR_EXIT_REASON_KILLED_START, -1, SIGKILL, FALSE,
      "was ended by signal SIGKILL after 1.500 s (killed because it was not ready in time)" },
    { PULSAR_EXIT_REASON_OOM, -1, SIGKILL, FALSE, "was ended by signal SIGKILL after 1.500 s (out of memory)" },
    { PULSAR_EXIT_REASON_STOPPED, 0, 0, FALSE, "ended with status 0 after 1.500 s (it was asked to)" },
    { PULSAR_EXIT_REASON_LOST, -1, 0, FALSE, "ended after 1.500 s, how is not known" },
  };

  g_test_summary ("Each end of a process has its words");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarExitRecord) record =
        pulsar_exit_record_new (12, 0, 1500 * 1000, rows[i].reason, rows[i].code, rows[i].signal_number,
                                rows[i].core_dumped);
      g_autofree char *text = pulsar_exit_record_to_string (record);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/exit-record/properties", test_exit_record_properties);
  g_test_add_func ("/exit-record/last-lines", test_exit_record_last_lines);
  g_test_add_func ("/exit-record/to-string", test_exit_record_to_string);
  return g_test_run ();
}

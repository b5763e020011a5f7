/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>
#include <sched.h>

#include "pulsar-glib/base/pulsar-processors-private.h"

static void
test_processors_parse (void)
{
  static const struct
  {
    const char *text;
    const char *result;  /* NULL: refused */
  } rows[] = {
    { "0", "0" }, { "0-3", "0-3" }, { "3,1,2,1", "1-3" }, { "0-3,8", "0-3,8" }, { "5-5", "5" }, { "8,0-3,2-4", "0-4,8" },
    { "65535", "65535" }, { "0-65535", "0-65535" },
    { "", NULL }, { ",", NULL }, { "1,", NULL }, { ",1", NULL }, { "1-", NULL }, { "-1", NULL }, { "3-1", NULL }, { "1 ", NULL }, { " 1", NULL },
    { "1-2-3", NULL }, { "1;2", NULL }, { "x", NULL }, { "0x1", NULL }, { "+1", NULL }, { "65536", NULL }, { "0-65536", NULL },
    { "18446744073709551616", NULL }, { "0-65535,0-65535,0-65535", NULL }, { "１", NULL },
  };

  g_test_summary ("Lists of processors as the kernel writes them, and nothing else");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GArray) processors = pulsar_processors_parse (rows[i].text, &error);
      g_autofree char *text = NULL;

      g_test_message ("%s", rows[i].text);
      if (rows[i].result == NULL)
        {
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
          g_assert_null (processors);
          continue;
        }
      g_assert_no_error (error);
      text = pulsar_processors_to_string (processors);
      g_assert_cmpstr (text, ==, rows[i].result);
    }
}

static void
test_processors_bind (void)
{
  g_autoptr(GArray) before = pulsar_processors_list_allowed ();
  g_autoptr(GArray) after = NULL;
  guint last;

  g_test_summary ("A thread runs where it was bound to, and that is then all it may");
  g_assert_cmpuint (before->len, >, 0);
  last = g_array_index (before, guint, before->len - 1);
  g_assert_cmpint (pulsar_processors_bind (0, &last, 1), ==, 0);
  g_assert_cmpint (sched_getcpu (), ==, (int) last);
  after = pulsar_processors_list_allowed ();
  g_assert_cmpuint (after->len, ==, 1);
  g_assert_cmpuint (g_array_index (after, guint, 0), ==, last);

  last = 65535;
  g_assert_cmpint (pulsar_processors_bind (0, &last, 1), !=, 0);
  g_assert_cmpint (pulsar_processors_bind (0, (const guint *) (gpointer) before->data, before->len), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/processors/parse", test_processors_parse);
  g_test_add_func ("/processors/bind", test_processors_bind);
  return g_test_run ();
}

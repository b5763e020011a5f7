/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include "pulsar-glib/base/pulsar-units-private.h"

static void
test_units_duration (void)
{
  static const struct
  {
    const char *text;
    gint64 duration_us;
    const char *formatted;  /* NULL: as @text */
  } rows[] = {
    { "0", 0, "0 s" },
    { "0 h", 0, "0 s" },
    { "1", PULSAR_SECOND, "1 s" },
    { "007", 7 * PULSAR_SECOND, "7 s" },
    { "30 s", 30 * PULSAR_SECOND, NULL },
    { "30s", 30 * PULSAR_SECOND, "30 s" },
    { "60", PULSAR_MINUTE, "1 min" },
    { "90 s", 90 * PULSAR_SECOND, NULL },
    { "1.5 min", 90 * PULSAR_SECOND, "90 s" },
    { "2 h", 2 * PULSAR_HOUR, NULL },
    { "2 H", 2 * PULSAR_HOUR, "2 h" },
    { "100 ms", 100 * PULSAR_MILLISECOND, NULL },
    { "0.1", 100 * PULSAR_MILLISECOND, "100 ms" },
    { "1500 ms", 1500 * PULSAR_MILLISECOND, "1.5 s" },
    { "0.000001", 1, "0.001 ms" },
    { "0.001 ms", 1, NULL },
    { "1.000001 s", PULSAR_SECOND + 1, NULL },
    { "1.10", 1100 * PULSAR_MILLISECOND, "1.1 s" },
    { "3600.01 s", PULSAR_HOUR + 10 * PULSAR_MILLISECOND, NULL },
    { "-1 s", -PULSAR_SECOND, NULL },
    { "-0.5", -500 * PULSAR_MILLISECOND, "-500 ms" },
    { "9223372036854.775807 s", G_MAXINT64, NULL },
  };

  g_test_summary ("Durations are read exactly and written in the largest unit that fits");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *formatted = NULL;
      gint64 duration_us = -42;

      g_test_message ("%s", rows[i].text);
      g_assert_true (pulsar_duration_parse (rows[i].text, &duration_us));
      g_assert_cmpint (duration_us, ==, rows[i].duration_us);
      formatted = pulsar_duration_format (duration_us);
      g_assert_cmpstr (formatted, ==, rows[i].formatted != NULL ? rows[i].formatted : rows[i].text);
    }
}

static void
test_units_duration_bad (void)
{
  static const char * const texts[] = {
    "", " ", "s", "1 parsec", "1 m", "1 d", "1,5", "1.", ".5", "1e3", "0x10", "+1", "--1", "1 s s", "1s1", " 1", "inf",
    "nan", "0.0000001", "0.0001 ms", "9223372036854.775808", "99999999999999999999", "9999999999999999 h",
    "0.00000000000000000000001",
  };

  g_test_summary ("What is no duration, too long or finer than a microsecond is refused");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      gint64 duration_us = 0;

      g_test_message ("“%s”", texts[i]);
      g_assert_false (pulsar_duration_parse (texts[i], &duration_us));
    }
}

static void
test_units_duration_round_trip (void)
{
  g_test_summary ("What is written is read back exactly");
  for (guint i = 0; i < 10000; i++)
    {
      guint64 bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      gint64 duration_us = (gint64) bits >> g_test_rand_int_range (0, 63);
      g_autofree char *text = pulsar_duration_format (duration_us);
      gint64 read_us = 0;

      if (duration_us == G_MININT64)
        continue;
      if (!pulsar_duration_parse (text, &read_us) || read_us != duration_us)
        g_error ("%" G_GINT64_FORMAT " is written as %s", duration_us, text);
    }
}

static void
test_units_size (void)
{
  static const struct
  {
    const char *text;
    guint64 size;
    const char *formatted;
  } rows[] = {
    { "0", 0, NULL },
    { "1", 1, NULL },
    { "1000", 1000, NULL },
    { "1024", 1024, "1 K" },
    { "1 K", 1024, NULL },
    { "64k", 64 * PULSAR_KIBIBYTE, "64 K" },
    { "1.5M", 1536 * PULSAR_KIBIBYTE, "1536 K" },
    { "64 M", 64 * PULSAR_MEBIBYTE, NULL },
    { "2G", 2 * PULSAR_GIBIBYTE, "2 G" },
    { "1.0", 1, "1" },
    { "18446744073709551615", G_MAXUINT64, NULL },
  };
  static const char * const bad[] = {
    "", "K", "1.5", "0.0001K", "-1", "1 KB", "1 T", "1e3", "18446744073709551616", "17179869184 G",
  };

  g_test_summary ("Sizes are bytes, with units of 1024");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *formatted = NULL;
      guint64 size = 42;

      g_test_message ("%s", rows[i].text);
      g_assert_true (pulsar_size_parse (rows[i].text, &size));
      g_assert_cmpuint (size, ==, rows[i].size);
      formatted = pulsar_size_format (size);
      g_assert_cmpstr (formatted, ==, rows[i].formatted != NULL ? rows[i].formatted : rows[i].text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      guint64 size = 0;

      g_test_message ("“%s”", bad[i]);
      g_assert_false (pulsar_size_parse (bad[i], &size));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/units/duration", test_units_duration);
  g_test_add_func ("/units/duration/bad", test_units_duration_bad);
  g_test_add_func ("/units/duration/round-trip", test_units_duration_round_trip);
  g_test_add_func ("/units/size", test_units_size);

  return g_test_run ();
}

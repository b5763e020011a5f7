/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* How long a user waits for --help, from the start of a program to its end, and how long a configuration of many lines and
 * drop-ins takes to load. Executed with --help it is the program of the first. */

#define N_LINES 10000
#define N_DROP_INS 200

static PulsarConfigurator *
make_server (const char * const *argv)
{
  return g_object_new (PULSAR_TYPE_SOCKET_SERVER, "name", "bench", "argv", argv, NULL);
}

static double
time_help (const char *program)
{
  const char *argv[] = { program, "--help", NULL };
  g_autoptr(GError) error = NULL;
  double begin = bench_now ();
  int status = 0;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    g_error ("%s", error->message);
  return (bench_now () - begin) * 1000;
}

static void
write_file (const char *path,
            const char *text)
{
  g_autoptr(GError) error = NULL;

  if (!g_file_set_contents (path, text, -1, &error))
    g_error ("%s", error->message);
}

/* Settings and free parameters, half of the lines in the file and half in the drop-ins. */
static char *
write_files (const char *folder)
{
  char *path = g_build_filename (folder, "bench.conf", NULL);
  g_autofree char *drop_ins = g_strconcat (path, ".d", NULL);
  g_autoptr(GString) text = g_string_new ("[pulsar]\nworkers=3\nbind=:8061;:8062\n[params]\n");

  g_mkdir (drop_ins, 0700);
  for (guint i = 0; i < N_LINES / 2; i++)
    g_string_append_printf (text, "parameter-%u='value %u'\n", i, i);
  write_file (path, text->str);
  for (guint i = 0; i < N_DROP_INS; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%03u.conf", drop_ins, i);

      g_string_assign (text, "[pulsar]\ngraceful-timeout=5 s\n[params]\n");
      for (guint j = 0; j < N_LINES / 2 / N_DROP_INS - 3; j++)
        g_string_append_printf (text, "parameter-%u-%u=[%u, %u]\n", i, j, i, j);
      write_file (name, text->str);
    }
  return path;
}

static void
remove_files (const char *path)
{
  g_autofree char *drop_ins = g_strconcat (path, ".d", NULL);

  for (guint i = 0; i < N_DROP_INS; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%03u.conf", drop_ins, i);

      g_remove (name);
    }
  g_rmdir (drop_ins);
  g_remove (path);
}

static double
time_load (const char *path)
{
  const char *argv[] = { "bench", "--config", path, NULL };
  g_autoptr(PulsarConfigurator) server = make_server (argv);
  g_autoptr(GError) error = NULL;
  double begin = bench_now ();

  if (!pulsar_configurator_load_config (server, &error))
    g_error ("%s", error->message);
  return (bench_now () - begin) * 1000;
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  BenchSeries help = { NULL };
  BenchSeries load = { NULL };
  double end;

  if (argc == 2 && strcmp (argv[1], "--help") == 0)
    {
      g_autoptr(PulsarConfigurator) server = make_server (NULL);

      return pulsar_configurator_run (server, argc, argv);
    }

  folder = g_dir_make_tmp ("pulsar-bench-XXXXXX", NULL);
  path = write_files (folder);
  end = bench_now () + bench_get_seconds (argc, argv);
  do
    {
      bench_series_add (&help, time_help (argv[0]));
      bench_series_add (&load, time_load (path));
    }
  while (bench_now () < end);

  bench_report ("help", bench_series_median (&help), "ms", NULL, 0);
  bench_report ("load-10000-lines-200-drop-ins", bench_series_median (&load), "ms", NULL, 0);
  bench_series_clear (&help);
  bench_series_clear (&load);
  remove_files (path);
  g_rmdir (folder);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pulsar-glib/pulsar.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Writes a line to the pipe $STARTS_REPORT for each process: its role, its id, its arguments, its directory. What comes after
 * the argument "++" is for this program, the rest for run (); the programs in the other languages are the same. */

static char **arguments;

static void
report (const char *role)
{
  g_autofree char *directory = g_get_current_dir ();
  g_autoptr(GString) line = g_string_new (NULL);
  int fd = open (g_getenv ("STARTS_REPORT"), O_WRONLY | O_CLOEXEC);

  g_string_append_printf (line, "%s\t%d\t%s\t-", role, (int) getpid (), directory);
  for (guint i = 0; arguments[i] != NULL; i++)
    {
      g_autofree char *escaped = g_strescape (arguments[i], NULL);

      g_string_append_printf (line, "\t%s", escaped);
    }
  g_string_append_c (line, '\n');
  if (fd < 0 || write (fd, line->str, line->len) != (gssize) line->len)
    g_printerr ("Could not report: %s\n", g_strerror (errno));
  if (fd >= 0)
    close (fd);
}

static void
monitor_start_cb (PulsarApplication *application,
                  PulsarMonitor     *monitor,
                  PulsarHook        *hook)
{
  report ("arbiter");
}

static void
worker_start_cb (PulsarApplication *application,
                 PulsarActor       *worker,
                 PulsarHook        *hook)
{
  report ("worker");
}

/* What setproctitle does: the arguments lie in one piece, and it writes over them. */
static void
set_title (char **argv)
{
  char *end = argv[0];

  for (guint i = 0; argv[i] != NULL; i++)
    end = argv[i] + strlen (argv[i]) + 1;
  memset (argv[0], 0, (gsize) (end - argv[0]));
  strncpy (argv[0], "titled: not a command line", (gsize) (end - argv[0]) - 1);
  prctl (PR_SET_NAME, "titled");
}

/* From now on the process does nothing more, whatever comes. */
static void
hang_cb (int signum)
{
  for (;;)
    pause ();
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(PulsarApplication) application = NULL;
  int own = 0;

  arguments = g_strdupv (argv);
  signal (SIGURG, hang_cb);
  while (own < argc && !g_str_equal (arguments[own], "++"))
    own++;
  for (int i = own + 1; i < argc; i++)
    {
      if (g_str_equal (arguments[i], "title"))
        set_title (argv);
      else if (g_str_equal (arguments[i], "remove") && unlink (argv[0]) != 0)
        return 1;
      else if (g_str_equal (arguments[i], "chdir") && chdir (arguments[i + 1]) != 0)
        return 1;
    }

  application = g_object_new (PULSAR_TYPE_APPLICATION, "name", "starts", NULL);
  g_signal_connect (application, "monitor-start", G_CALLBACK (monitor_start_cb), NULL);
  g_signal_connect (application, "worker-start", G_CALLBACK (worker_start_cb), NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (application), own, arguments);
}

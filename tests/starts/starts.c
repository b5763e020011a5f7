/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <pulsar-glib/pulsar.h>
#include <signal.h>
#include <stdio.h>
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

typedef PulsarApplication Starts;
typedef PulsarApplicationClass StartsClass;
static GType starts_get_type (void);
G_DEFINE_TYPE (Starts, starts, PULSAR_TYPE_APPLICATION)

static void
starts_monitor_start (PulsarApplication *application,
                      PulsarMonitor     *monitor,
                      PulsarHook        *hook)
{
  report ("arbiter");
}

static void
starts_worker_start (PulsarApplication *application,
                     PulsarActor       *worker,
                     PulsarHook        *hook)
{
  report ("worker");
}

static void
starts_class_init (StartsClass *klass)
{
  klass->monitor_start = starts_monitor_start;
  klass->worker_start = starts_worker_start;
}

static void
starts_init (Starts *self)
{
}

static void
worker_ready_cb (PulsarMonitor *monitor,
                 PulsarWorker  *worker)
{
  printf ("Worker “starts.1” [%d] is ready\n", (int) pulsar_worker_get_pid (worker));  /* g_print () minds the locale */
  fflush (stdout);
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

static void
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  PulsarMonitor *monitor = pulsar_application_get_monitor (PULSAR_APPLICATION (source));
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarWorker) worker = NULL;

  if (!pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (source), result, &error))
    g_error ("%s", error->message);
  g_signal_connect (monitor, "worker-ready", G_CALLBACK (worker_ready_cb), NULL);
  worker = g_list_model_get_item (pulsar_monitor_get_workers (monitor), 0);
  worker_ready_cb (monitor, worker);
}

static void
stopped_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  if (pulsar_application_stop_finish (PULSAR_APPLICATION (source), result, NULL))
    g_application_release (g_application_get_default ());
}

static gboolean
stop_cb (gpointer user_data)
{
  pulsar_application_stop_async (user_data, NULL, stopped_cb, NULL);
  return G_SOURCE_REMOVE;
}

static void
activate_cb (GApplication      *program,
             PulsarApplication *application)
{
  g_application_hold (program);
  g_unix_signal_add (SIGTERM, stop_cb, application);
  pulsar_configurator_start_async (PULSAR_CONFIGURATOR (application), NULL, started_cb, NULL);
}

/* Without pulsar_worker_main () each worker would become one of these, too. */
static int
run_gapplication (char **argv)
{
  g_autoptr(GApplication) program = NULL;
  g_autoptr(PulsarApplication) application = NULL;
  int status;

  g_type_ensure (starts_get_type ());
  if (pulsar_worker_main (&status))
    return status;
  program = g_application_new (NULL, G_APPLICATION_DEFAULT_FLAGS);
  application = g_object_new (starts_get_type (), "name", "starts", NULL);
  g_signal_connect (program, "activate", G_CALLBACK (activate_cb), application);
  return g_application_run (program, 1, argv);
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

  if (own + 1 < argc && g_str_equal (arguments[own + 1], "gapplication"))
    return run_gapplication (argv);
  application = g_object_new (starts_get_type (), "name", "starts", NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (application), own, arguments);
}

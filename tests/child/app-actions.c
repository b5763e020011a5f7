/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app-actions.h"
#include "app-log.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a worker has its mailbox, for those actions that misuse it. */
#define MAILBOX_FD 3

static guint n_gates;     /* this process waits at */
static GPtrArray *held;   /* hooks that are never released, which is no leak of the library's */

void
app_say (const char *format,
         ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (text, "\n", ' ');
  line = g_strconcat (text, "\n", NULL);
  if (write (STDOUT_FILENO, line, strlen (line)) != (gssize) strlen (line))
    _exit (99);
}

guint
app_count_fds (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n_fds = 0;

  while (g_dir_read_name (dir) != NULL)
    n_fds++;
  return n_fds - 1 - n_gates;
}

static void G_GNUC_NORETURN
loop (void)
{
  for (;;)
    G_STMT_START { __asm__ volatile (""); } G_STMT_END;
}

static gboolean
fail_later_cb (gpointer user_data)
{
  g_autoptr(PulsarHook) hook = user_data;

  pulsar_hook_fail_literal (hook, "the test wants it later");
  pulsar_hook_release (hook);
  return G_SOURCE_REMOVE;
}

/* A byte in the pipe lets one of those go on that wait. */
static gboolean
gate_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  g_autoptr(PulsarHook) hook = user_data;
  char byte;

  if (read (fd, &byte, 1) != 1)
    {
      g_steal_pointer (&hook);
      return G_SOURCE_CONTINUE;  /* another one was faster */
    }
  close (fd);
  n_gates--;
  pulsar_hook_release (hook);
  return G_SOURCE_REMOVE;
}

static void
wait_at_gate (PulsarHook *hook)
{
  g_autofree char *path = g_build_filename (g_getenv ("APP_DIR"), "gate", NULL);
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  n_gates++;
  pulsar_hook_hold (hook);
  app_say ("at gate %s %d", pulsar_hook_get_name (hook), (int) getpid ());
  g_unix_fd_add (fd, G_IO_IN, gate_cb, g_object_ref (hook));
}

static void
stopped_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  pulsar_application_stop_finish (PULSAR_APPLICATION (source), result, &error);
  app_say ("stopped %s %s", pulsar_configurator_get_name (PULSAR_CONFIGURATOR (source)),
           error == NULL ? "ok" : error->message);
}

static void
set_workers (PulsarApplication *application,
             guint              n_workers)
{
  g_autoptr(GError) error = NULL;

  pulsar_config_set_uint (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), "workers", n_workers, &error);
  g_assert_no_error (error);
}

static void
end_process (const char *how)
{
  if (g_str_equal (how, "exit0"))
    exit (0);
  if (g_str_equal (how, "exit7"))
    exit (7);
  if (g_str_equal (how, "abort"))
    {
      signal (SIGABRT, SIG_DFL);
      abort ();
    }
  if (g_str_equal (how, "segv"))
    {
      signal (SIGSEGV, SIG_DFL);
      raise (SIGSEGV);
    }
  if (g_str_equal (how, "busy"))
    loop ();
  if (g_str_equal (how, "sleep"))
    {
      for (;;)
        pause ();
    }
  if (g_str_equal (how, "sigstop"))
    raise (SIGSTOP);
  if (g_str_equal (how, "deaf"))
    {
      signal (SIGTERM, SIG_IGN);
      signal (SIGABRT, SIG_IGN);
    }
}

/* Leaves processes behind that nobody waits for: one that has ended, in the group of the worker or in a session of its own, and one that
 * has to be killed. */
static void
leave_children (gboolean own_session)
{
  int pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      if (fork () == 0)
        {
          if (own_session)
            setsid ();
          _exit (3);
        }
      if (fork () == 0)
        {
          signal (SIGTERM, SIG_IGN);
          for (;;)
            pause ();
        }
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
misuse_mailbox (const char *how)
{
  static const char garbage[64] = "this is no frame at all, whatever one makes of it";

  if (g_str_equal (how, "garbage") && write (MAILBOX_FD, garbage, sizeof garbage) < 0)
    _exit (98);
  if (g_str_equal (how, "close"))
    shutdown (MAILBOX_FD, SHUT_WR);
}

void
app_run_action (PulsarApplication *application,
                const char        *hook_name,
                const char        *action,
                PulsarHook        *hook)
{
  if (app_log_action (action))
    return;
  end_process (action);
  misuse_mailbox (action);
  if (g_str_equal (action, "fail"))
    pulsar_hook_fail_literal (hook, "the test wants it");
  else if (g_str_equal (action, "fail-if-broken"))
    {
      if (g_file_test (g_getenv ("APP_BROKEN"), G_FILE_TEST_EXISTS))
        pulsar_hook_fail_literal (hook, "it is broken");
    }
  else if (g_str_equal (action, "fail-later"))
    {
      pulsar_hook_hold (hook);
      g_idle_add (fail_later_cb, g_object_ref (hook));
    }
  else if (g_str_equal (action, "hold"))
    {
      if (held == NULL)
        held = g_ptr_array_new ();
      g_ptr_array_add (held, hook);
      pulsar_hook_hold (hook);
    }
  else if (g_str_equal (action, "litter") || g_str_equal (action, "stray"))
    leave_children (g_str_equal (action, "stray"));
  else if (g_str_equal (action, "gate"))
    wait_at_gate (hook);
  else if (g_str_equal (action, "stop"))
    pulsar_actor_stop (PULSAR_ACTOR (pulsar_arbiter_get_default ()));
  else if (g_str_equal (action, "stop-app"))
    pulsar_application_stop_async (application, NULL, stopped_cb, NULL);
  else if (g_str_has_prefix (action, "workers="))
    set_workers (application, (guint) atoi (action + strlen ("workers=")));
  else if (g_str_equal (action, "allow"))
    pulsar_arbiter_allow_spawn (pulsar_arbiter_get_default (), g_type_from_name ("TestActor"));
}

/* Whether the process is the first one to do it. */
static gboolean
is_first (const char *hook_name,
          const char *action)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", hook_name, action);
  g_autofree char *path = g_build_filename (g_getenv ("APP_DIR"), name, NULL);
  int fd = open (path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

void
app_run_actions (PulsarApplication *application,
                 const char        *hook_name,
                 const char        *actor_name,
                 PulsarHook        *hook)
{
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
  g_auto(GStrv) rules = pulsar_config_dup_strv (config, "do");
  g_autofree char *full_name = g_strdup_printf ("%s@%s", hook_name, actor_name);

  for (guint i = 0; rules[i] != NULL; i++)
    {
      g_auto(GStrv) parts = g_strsplit (rules[i], ":", 2);
      gboolean once = g_str_has_suffix (rules[i], "!");

      if (!g_str_equal (parts[0], hook_name) && !g_str_equal (parts[0], full_name))
        continue;
      if (once)
        parts[1][strlen (parts[1]) - 1] = '\0';
      if (!once || is_first (full_name, parts[1]))
        app_run_action (application, hook_name, parts[1], hook);
    }
}

static void
do_command (PulsarRequest *request,
            gpointer       user_data)
{
  const char *action;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &action);
  app_say ("doing %s %s %d", action, pulsar_actor_get_name (pulsar_request_get_actor (request)), (int) getpid ());
  app_log_action (action);
  end_process (action);
  misuse_mailbox (action);
  pulsar_request_return_value (request, NULL);
}

static void
nap_command (PulsarRequest *request,
             gpointer       user_data)
{
  gint32 ms;

  g_variant_get (pulsar_request_get_arguments (request), "(i)", &ms);
  g_usleep ((gulong) ms * 1000);
  pulsar_request_return_value (request, NULL);
}

/* Takes memory, and never gives it back. */
static void
grow_command (PulsarRequest *request,
              gpointer       user_data)
{
  static GPtrArray *memory;
  guint n_mebibytes;

  if (memory == NULL)
    memory = g_ptr_array_new_with_free_func (g_free);
  g_variant_get (pulsar_request_get_arguments (request), "(u)", &n_mebibytes);
  for (guint i = 0; i < n_mebibytes; i++)
    {
      char *piece = g_malloc (1024 * 1024);

      memset (piece, 1, 1024 * 1024);
      g_ptr_array_add (memory, piece);
    }
  pulsar_request_return_value (request, NULL);
}

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);

  if (value == NULL)
    pulsar_request_return_error (request, error);
  else
    pulsar_request_return_value (request, g_variant_new ("(v)", value));
}

static void
ask_command (PulsarRequest *request,
             gpointer       user_data)
{
  g_autoptr(GVariant) arguments = NULL;
  const char *target;
  const char *command;

  g_variant_get (pulsar_request_get_arguments (request), "(&s&sv)", &target, &command, &arguments);
  pulsar_actor_send_async (pulsar_request_get_actor (request), target, command, arguments, NULL, PULSAR_TIMEOUT_DEFAULT, NULL,
                           asked_cb, g_object_ref (request));
}

static void
spawned_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = pulsar_actor_spawn_finish (PULSAR_ACTOR (source), result, &error);

  if (proxy == NULL)
    pulsar_request_return_error (request, error);
  else
    pulsar_request_return_value (request, g_variant_new ("(s)", pulsar_actor_proxy_get_name (proxy)));
}

static void
spawn_command (PulsarRequest *request,
               gpointer       user_data)
{
  const char *name;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &name);
  pulsar_actor_spawn_async (pulsar_request_get_actor (request), g_type_from_name ("TestActor"), name, NULL, NULL,
                            spawned_cb, g_object_ref (request));
}

static void
got_application_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarApplication) application = pulsar_get_application_finish (result, &error);
  PulsarConfig *config;
  g_auto(GStrv) secret = NULL;

  if (application == NULL)
    {
      pulsar_request_return_error (request, error);
      return;
    }
  config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
  secret = pulsar_config_dup_strv (config, "secret");
  pulsar_request_return_value (request, g_variant_new ("(suu)", pulsar_configurator_get_name (PULSAR_CONFIGURATOR (application)),
                                                       pulsar_config_get_uint (config, "workers"), g_strv_length (secret)));
}

static void
application_command (PulsarRequest *request,
                     gpointer       user_data)
{
  const char *name;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &name);
  pulsar_get_application_async (name, NULL, got_application_cb, g_object_ref (request));
}

static void
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;

  if (pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (source), result, &error))
    pulsar_request_return_value (request, NULL);
  else
    pulsar_request_return_error (request, error);
}

/* Starts another application here, which is right in no worker. */
static void
start_command (PulsarRequest *request,
               gpointer       user_data)
{
  g_autoptr(PulsarConfigurator) app = g_object_new (PULSAR_TYPE_APPLICATION, "name", "third", NULL);

  pulsar_configurator_start_async (app, NULL, started_cb, g_object_ref (request));
}

/* The name of who answers and its process. */
static void
who_command (PulsarRequest *request,
             gpointer       user_data)
{
  pulsar_request_return_value (request, g_variant_new ("(si)", pulsar_actor_get_name (pulsar_request_get_actor (request)),
                                                       (int) getpid ()));
}

void
app_register_commands (void)
{
  pulsar_command_register ("do", "(s)", PULSAR_COMMAND_CALLERS_ANY, do_command, NULL, NULL);
  pulsar_command_register ("nap", "(i)", PULSAR_COMMAND_CALLERS_ANY, nap_command, NULL, NULL);
  pulsar_command_register ("grow", "(u)", PULSAR_COMMAND_CALLERS_ANY, grow_command, NULL, NULL);
  pulsar_command_register ("ask", "(ssv)", PULSAR_COMMAND_CALLERS_ANY, ask_command, NULL, NULL);
  pulsar_command_register ("spawn-one", "(s)", PULSAR_COMMAND_CALLERS_ANY, spawn_command, NULL, NULL);
  pulsar_command_register ("application", "(s)", PULSAR_COMMAND_CALLERS_ANY, application_command, NULL, NULL);
  pulsar_command_register ("who", "()", PULSAR_COMMAND_CALLERS_ANY, who_command, NULL, NULL);
  pulsar_command_register ("start", "()", PULSAR_COMMAND_CALLERS_ANY, start_command, NULL, NULL);
}

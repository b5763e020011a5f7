/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app-actions.h"
#include "app-channel.h"
#include "app-fds.h"
#include "app-watch.h"

/* The program that the tests of supervision/ and application/ start. APP_MAIN says what main does, the setting “do” what the hooks do; what
 * happens is written to the standard output, one line for each event, and the arbiter takes commands on its standard input. */

struct _TestApp
{
  PulsarApplication parent_instance;
};

struct _TestActor
{
  PulsarActor parent_instance;
};

#define TEST_TYPE_APP (test_app_get_type ())
G_DECLARE_FINAL_TYPE (TestApp, test_app, TEST, APP, PulsarApplication)
G_DEFINE_FINAL_TYPE (TestApp, test_app, PULSAR_TYPE_APPLICATION)

#define TEST_TYPE_ACTOR (test_actor_get_type ())
G_DECLARE_FINAL_TYPE (TestActor, test_actor, TEST, ACTOR, PulsarActor)
G_DEFINE_FINAL_TYPE (TestActor, test_actor, PULSAR_TYPE_ACTOR)

static GHashTable *apps;         /* name → PulsarConfigurator, in a program with a main loop of its own */
static GHashTable *cancellables; /* tag → GCancellable */
static GMainLoop *own_loop;

static void
hook_event (TestApp     *self,
            const char  *name,
            PulsarActor *actor,
            PulsarHook  *hook)
{
  app_say ("hook %s %s %d", name, pulsar_actor_get_name (actor), (int) getpid ());
  app_run_actions (PULSAR_APPLICATION (self), name, pulsar_actor_get_name (actor), hook);
}

/* What the arbiter sees. */

static void
arbiter_starting_cb (PulsarActor *arbiter,
                     PulsarHook  *hook,
                     TestApp     *self)
{
  hook_event (self, "arbiter-starting", arbiter, hook);
}

static void
arbiter_stopping_cb (PulsarActor *arbiter,
                     PulsarHook  *hook,
                     TestApp     *self)
{
  hook_event (self, "arbiter-stopping", arbiter, hook);
}

static void
announce_cb (PulsarArbiter *arbiter,
             PulsarMonitor *monitor,
             PulsarHook    *hook,
             TestApp       *self)
{
  hook_event (self, "announce", PULSAR_ACTOR (monitor), hook);
}

static void
query_spawn_cb (PulsarActor *supervisor,
                PulsarSpawn *spawn,
                TestApp     *self)
{
  hook_event (self, "query-spawn", supervisor, NULL);
}

static void
dead_letter_cb (PulsarArbiter *arbiter,
                const char    *target,
                const char    *command,
                const GError  *error,
                TestApp       *self)
{
  app_say ("dead letter %s %s %s", target, command, error->message);
}

static void
state_cb (PulsarActor *actor,
          GParamSpec  *pspec,
          TestApp     *self)
{
  g_autofree char *state = g_enum_to_string (PULSAR_TYPE_STATE, (int) pulsar_actor_get_state (actor));
  g_autofree char *name = g_ascii_strdown (state + strlen ("PULSAR_STATE_"), -1);
  g_autofree char *hook = g_strconcat ("state-", name, NULL);

  app_say ("state %s %s", pulsar_actor_get_name (actor), name);
  app_run_actions (PULSAR_APPLICATION (self), hook, pulsar_actor_get_name (actor), NULL);
}

static void
worker_state_cb (PulsarWorker *worker,
                 GParamSpec   *pspec,
                 TestApp      *self)
{
  app_run_actions (PULSAR_APPLICATION (self), "worker-state", pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)), NULL);
}

static void
worker_ready_cb (PulsarMonitor *monitor,
                 PulsarWorker  *worker,
                 TestApp       *self)
{
  const char *name = pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker));

  app_say ("ready %s %d", name, (int) pulsar_worker_get_pid (worker));
  app_run_actions (PULSAR_APPLICATION (self), "worker-ready", name, NULL);
}

static void
worker_exited_cb (PulsarMonitor *monitor,
                  PulsarWorker  *worker,
                  TestApp       *self)
{
  PulsarExitRecord *record = pulsar_worker_get_exit_record (worker);
  const char *name = pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker));
  g_autofree char *reason = g_enum_to_string (PULSAR_TYPE_EXIT_REASON, (int) pulsar_exit_record_get_reason (record));

  g_assert_cmpint (pulsar_exit_record_get_pid (record), ==, pulsar_worker_get_pid (worker));
  app_say ("exited %s %d %s code=%d signal=%d", name, (int) pulsar_worker_get_pid (worker),
           reason + strlen ("PULSAR_EXIT_REASON_"), pulsar_exit_record_get_code (record),
           pulsar_exit_record_get_signal_number (record));
  app_run_actions (PULSAR_APPLICATION (self), "worker-exited", name, NULL);
}

static void
items_changed_cb (GListModel *workers,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  TestApp    *self)
{
  for (guint i = 0; i < n_added; i++)
    {
      g_autoptr(PulsarWorker) worker = g_list_model_get_item (workers, position + i);

      g_signal_connect_object (worker, "notify::state", G_CALLBACK (worker_state_cb), self, 0);
    }
  app_say ("items -%u +%u =%u", n_removed, n_added, g_list_model_get_n_items (workers));
  app_run_actions (PULSAR_APPLICATION (self), n_added > 0 ? "items-added" : "items-removed", "-", NULL);
}

static void
failed_cb (PulsarMonitor *monitor,
           GError        *error,
           TestApp       *self)
{
  app_say ("failed %s %s", pulsar_actor_get_name (PULSAR_ACTOR (monitor)), error->message);
}

static void
monitor_starting_cb (PulsarActor *monitor,
                     PulsarHook  *hook,
                     TestApp     *self)
{
  hook_event (self, "monitor-starting", monitor, hook);
}

static void
monitor_stopping_cb (PulsarActor *monitor,
                     PulsarHook  *hook,
                     TestApp     *self)
{
  hook_event (self, "monitor-actor-stopping", monitor, hook);
}

static void
monitor_changed_cb (TestApp *self)
{
  PulsarMonitor *monitor = pulsar_application_get_monitor (PULSAR_APPLICATION (self));

  if (monitor == NULL)
    return;

  g_signal_connect_object (monitor, "starting", G_CALLBACK (monitor_starting_cb), self, 0);
  g_signal_connect_object (monitor, "stopping", G_CALLBACK (monitor_stopping_cb), self, 0);
  g_signal_connect_object (monitor, "notify::state", G_CALLBACK (state_cb), self, 0);
  g_signal_connect_object (monitor, "worker-ready", G_CALLBACK (worker_ready_cb), self, 0);
  g_signal_connect_object (monitor, "worker-exited", G_CALLBACK (worker_exited_cb), self, 0);
  g_signal_connect_object (monitor, "failed", G_CALLBACK (failed_cb), self, 0);
  g_signal_connect_object (pulsar_monitor_get_workers (monitor), "items-changed", G_CALLBACK (items_changed_cb), self, 0);
}

/* Commands on the standard input of the arbiter. */

static PulsarWorker *
find_worker (const char *name)
{
  PulsarArbiter *arbiter = pulsar_arbiter_get_default ();
  g_auto(GStrv) words = g_strsplit (name, ".", 2);
  PulsarMonitor *monitor = pulsar_arbiter_get_monitor (arbiter, words[0]);
  GListModel *workers = monitor != NULL ? pulsar_monitor_get_workers (monitor) : pulsar_arbiter_get_actors (arbiter);

  for (guint i = 0; i < g_list_model_get_n_items (workers); i++)
    {
      g_autoptr(PulsarActorProxy) worker = g_list_model_get_item (workers, i);

      if (g_str_equal (pulsar_actor_proxy_get_name (worker), name))
        return PULSAR_WORKER (worker);
    }
  return NULL;
}

static void
say_answer (char     *tag,  /* taken */
            GVariant *value,
            GError   *error)
{
  if (error != NULL)
    {
      app_say ("answer %s error %s %d %s", tag, g_quark_to_string (error->domain), error->code, error->message);
    }
  else
    {
      g_autofree char *text = g_variant_print (value, FALSE);

      if (strlen (text) > 2000)
        text[2000] = '\0';
      app_say ("answer %s ok %s", tag, text);
    }
  g_free (tag);
}

static void
proxy_answered_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (source), result, NULL, &error);

  say_answer (user_data, value, error);
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);

  say_answer (user_data, value, error);
}

static GCancellable *
make_cancellable (const char *tag)
{
  GCancellable *cancellable = g_cancellable_new ();

  g_hash_table_replace (cancellables, g_strdup (tag), cancellable);
  return cancellable;
}

/* ask TAG TARGET COMMAND [ARGUMENTS]: the target is the name of a worker or whatever an actor can be asked by. */
static void
command_ask (char **words)
{
  PulsarWorker *worker = find_worker (words[2]);
  g_autoptr(GVariant) arguments = NULL;
  g_autoptr(GError) error = NULL;

  if (words[4] != NULL)
    arguments = g_variant_parse (NULL, words[4], NULL, NULL, &error);
  g_assert_no_error (error);
  if (worker != NULL)
    pulsar_actor_proxy_send_async (PULSAR_ACTOR_PROXY (worker), words[3], arguments, NULL, 0, make_cancellable (words[1]),
                                   proxy_answered_cb, g_strdup (words[1]));
  else
    pulsar_actor_send_async (PULSAR_ACTOR (pulsar_arbiter_get_default ()), words[2], words[3], arguments, NULL, 0,
                             make_cancellable (words[1]), answered_cb, g_strdup (words[1]));
}

static void
spawned_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree char *tag = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = pulsar_actor_spawn_finish (PULSAR_ACTOR (source), result, &error);

  if (proxy == NULL)
    app_say ("spawned %s error %s %d %s", tag, g_quark_to_string (error->domain), error->code, error->message);
  else
    app_say ("spawned %s ok %s %s %d", tag, pulsar_actor_proxy_get_name (proxy), G_OBJECT_TYPE_NAME (proxy),
             PULSAR_IS_WORKER (proxy) ? (int) pulsar_worker_get_pid (PULSAR_WORKER (proxy)) : 0);
}

/* spawn TAG NAME ACTION */
static void
command_spawn (char **words)
{
  g_auto(GVariantDict) parameters = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&parameters, "do", "s", words[3]);
  pulsar_actor_spawn_async (PULSAR_ACTOR (pulsar_arbiter_get_default ()), TEST_TYPE_ACTOR, words[2],
                            g_variant_dict_end (&parameters), make_cancellable (words[1]), spawned_cb, g_strdup (words[1]));
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
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree char *tag = user_data;
  g_autoptr(GError) error = NULL;

  if (pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (source), result, &error))
    app_say ("started %s ok", tag);
  else
    app_say ("started %s error %s %d %s", tag, g_quark_to_string (error->domain), error->code, error->message);
}

static void
got_application_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autofree char *tag = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarApplication) application = pulsar_get_application_finish (result, &error);

  if (application != NULL)
    app_say ("application %s ok %s monitor=%d", tag, pulsar_configurator_get_name (PULSAR_CONFIGURATOR (application)),
             pulsar_application_get_monitor (application) != NULL);
  else
    app_say ("application %s error %d %s", tag, error->code, error->message);
}

/* Monitors, workers and how many of them answered for themselves. */
static void
info_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree char *tag = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);
  g_autoptr(GVariant) info = NULL;
  g_autoptr(GVariant) monitors = NULL;
  g_autoptr(GVariant) workers = NULL;
  guint n_answered = 0, n_hooked = 0;
  gboolean has_mark;

  g_assert_no_error (error);
  info = g_variant_get_child_value (value, 0);
  monitors = g_variant_lookup_value (info, "monitors", G_VARIANT_TYPE_VARDICT);
  if (monitors != NULL && g_variant_n_children (monitors) > 0)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (monitors, 0);
      g_autoptr(GVariant) monitor = NULL;

      g_variant_get_child (entry, 1, "v", &monitor);
      workers = g_variant_lookup_value (monitor, "workers", G_VARIANT_TYPE ("aa{sv}"));
    }
  else
    {
      workers = g_variant_lookup_value (info, "workers", G_VARIANT_TYPE ("aa{sv}"));
    }
  g_assert_nonnull (workers);
  for (gsize i = 0; i < g_variant_n_children (workers); i++)
    {
      g_autoptr(GVariant) worker = g_variant_get_child_value (workers, i);
      g_autoptr(GVariant) own = g_variant_lookup_value (worker, "actor", G_VARIANT_TYPE_VARDICT);
      g_autoptr(GVariant) facts = g_variant_lookup_value (worker, "worker", G_VARIANT_TYPE_VARDICT);

      g_assert_nonnull (facts);
      n_answered += own != NULL;
      n_hooked += g_variant_lookup (worker, "mark", "b", &has_mark);
    }
  app_say ("info %s monitors=%d workers=%d answered=%u hooked=%u mark=%d", tag,
           monitors == NULL ? -1 : (int) g_variant_n_children (monitors), (int) g_variant_n_children (workers), n_answered,
           n_hooked, g_variant_lookup (info, "mark", "b", &has_mark));
}

static void
execute (char **words)
{
  PulsarArbiter *arbiter = pulsar_arbiter_get_default ();

  if (g_str_equal (words[0], "ask"))
    command_ask (words);
  else if (g_str_equal (words[0], "spawn"))
    command_spawn (words);
  else if (g_str_equal (words[0], "cancel"))
    g_cancellable_cancel (g_hash_table_lookup (cancellables, words[1]));
  else if (g_str_equal (words[0], "workers"))
    pulsar_actor_send_async (PULSAR_ACTOR (arbiter), words[1], "config",
                             g_variant_new_parsed ("('set', 'workers', just <%u>)", (guint) atoi (words[2])), NULL, 0, NULL,
                             answered_cb, g_strdup ("workers"));
  else if (g_str_equal (words[0], "info"))
    pulsar_actor_send_async (PULSAR_ACTOR (arbiter), words[2], "info", NULL, NULL, 0, NULL, info_cb, g_strdup (words[1]));
  else if (g_str_equal (words[0], "stop-worker"))
    pulsar_actor_proxy_stop (PULSAR_ACTOR_PROXY (find_worker (words[1])));
  else if (g_str_equal (words[0], "stop"))
    pulsar_actor_stop (PULSAR_ACTOR (arbiter));
  else if (g_str_equal (words[0], "stop-app"))
    pulsar_application_stop_async (g_hash_table_lookup (apps, words[1]), NULL, stopped_cb, NULL);
  else if (g_str_equal (words[0], "start"))
    pulsar_configurator_start_async (g_hash_table_lookup (apps, words[2]), make_cancellable (words[1]), started_cb,
                                     g_strdup (words[1]));
  else if (g_str_equal (words[0], "allow"))
    pulsar_arbiter_allow_spawn (arbiter, TEST_TYPE_ACTOR);
  else if (g_str_equal (words[0], "application"))
    pulsar_get_application_async (words[2], NULL, got_application_cb, g_strdup (words[1]));
  else if (g_str_equal (words[0], "fds"))
    app_say ("fds %u", app_count_fds ());
  else if (g_str_equal (words[0], "quit"))
    g_main_loop_quit (own_loop);
  else if (!app_watch_execute (words))
    g_error ("no command %s", words[0]);
}

static gboolean
input_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  GString *input = user_data;
  char buffer[1024];
  gssize length = read (fd, buffer, sizeof buffer);
  char *end;

  if (length <= 0)
    return G_SOURCE_REMOVE;
  g_string_append_len (input, buffer, length);
  while ((end = strchr (input->str, '\n')) != NULL)
    {
      g_auto(GStrv) words = NULL;

      *end = '\0';
      g_assert_true (g_shell_parse_argv (input->str, NULL, &words, NULL));
      g_string_erase (input, 0, end - input->str + 1);
      execute (words);
    }
  return G_SOURCE_CONTINUE;
}

static void
free_input (gpointer input)
{
  g_string_free (input, TRUE);
}

static void
read_input (void)
{
  static gboolean reading;
  g_autoptr(GSource) source = NULL;

  if (reading)
    return;

  reading = TRUE;
  source = g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP);
  g_source_set_callback (source, G_SOURCE_FUNC (input_cb), g_string_new (NULL), free_input);
  g_source_attach (source, NULL);
}

/* The hooks. */

static void
test_app_configured (PulsarApplication *application,
                     PulsarArbiter     *arbiter,
                     PulsarHook        *hook)
{
  TestApp *self = TEST_APP (application);
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (self));

  if (!g_object_get_data (G_OBJECT (arbiter), "test-app"))
    {
      g_object_set_data (G_OBJECT (arbiter), "test-app", self);
      g_signal_connect_object (arbiter, "starting", G_CALLBACK (arbiter_starting_cb), self, 0);
      g_signal_connect_object (arbiter, "stopping", G_CALLBACK (arbiter_stopping_cb), self, 0);
      g_signal_connect_object (arbiter, "monitor-start", G_CALLBACK (announce_cb), self, 0);
      g_signal_connect_object (arbiter, "dead-letter", G_CALLBACK (dead_letter_cb), self, 0);
      g_signal_connect_object (arbiter, "query-spawn", G_CALLBACK (query_spawn_cb), self, 0);
      g_signal_connect_object (arbiter, "notify::state", G_CALLBACK (state_cb), self, 0);
    }
  read_input ();
  app_say ("hook configured %s %u", pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)),
           pulsar_config_get_uint (config, "workers"));
  app_run_actions (application, "configured", "-", hook);
}

static void
test_app_monitor_start (PulsarApplication *application,
                        PulsarMonitor     *monitor,
                        PulsarHook        *hook)
{
  hook_event (TEST_APP (application), "monitor-start", PULSAR_ACTOR (monitor), hook);
}

static void
actor_stopping_cb (PulsarActor *actor,
                   PulsarHook  *hook,
                   TestApp     *self)
{
  hook_event (self, "actor-stopping", actor, hook);
}

/* With APP_TASKS somebody listens to the periodic tasks, which are not run otherwise. */
static void
task_cb (gpointer    actor,
         const char *where)
{
  app_say ("task %s %d", where, (int) getpid ());
}

static void
monitor_task_cb (PulsarApplication *application,
                 PulsarMonitor     *monitor,
                 const char        *where)
{
  task_cb (monitor, where);
}

static void
changed_cb (PulsarActor   *actor,
            PulsarSetting *setting)
{
  g_autofree char *text = pulsar_setting_dup_text (setting);

  app_say ("changed %s %s %s", pulsar_actor_get_name (actor), pulsar_setting_get_name (setting), text);
}

/* What the configuration is here, with APP_SETTINGS. */
static void
say_settings (PulsarConfig *config)
{
  GListModel *settings = pulsar_config_get_settings (config);

  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      g_autofree char *text = pulsar_setting_dup_text (setting);
      const char *detail = pulsar_setting_get_origin_detail (setting);

      app_say ("setting %s|%s|%d|%s", pulsar_setting_get_name (setting), text, (int) pulsar_setting_get_origin (setting),
               detail != NULL ? detail : "");
    }
}

static void
test_app_worker_start (PulsarApplication *application,
                       PulsarActor       *worker,
                       PulsarHook        *hook)
{
  if (g_getenv ("APP_SETTINGS") != NULL)
    say_settings (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)));
  g_signal_connect_object (pulsar_actor_get_config (worker), "changed::mood", G_CALLBACK (changed_cb), worker, G_CONNECT_SWAPPED);
  g_signal_connect_object (pulsar_actor_get_config (worker), "changed::weather", G_CALLBACK (changed_cb), worker, G_CONNECT_SWAPPED);
  if (pulsar_is_worker ())
    g_signal_connect_object (worker, "stopping", G_CALLBACK (actor_stopping_cb), application, 0);
  if (g_getenv ("APP_TASKS") != NULL)
    g_signal_connect (worker, "periodic-task", G_CALLBACK (task_cb), (char *) "worker");
  hook_event (TEST_APP (application), "worker-start", worker, hook);
}

static void
test_app_actor_params (PulsarApplication *application,
                       PulsarMonitor     *monitor,
                       PulsarSpawn       *spawn)
{
  hook_event (TEST_APP (application), "actor-params", PULSAR_ACTOR (monitor), NULL);
}

static void
test_app_worker_stopping (PulsarApplication *application,
                          PulsarActor       *worker,
                          PulsarHook        *hook)
{
  hook_event (TEST_APP (application), "worker-stopping", worker, hook);
}

static void
test_app_monitor_stopping (PulsarApplication *application,
                           PulsarMonitor     *monitor,
                           PulsarHook        *hook)
{
  hook_event (TEST_APP (application), "monitor-stopping", PULSAR_ACTOR (monitor), hook);
}

static void
test_app_worker_info (PulsarApplication *application,
                      PulsarActor       *actor,
                      GVariantDict      *info)
{
  g_variant_dict_insert (info, "mark", "b", TRUE);
}

static void
test_app_monitor_info (PulsarApplication *application,
                       PulsarMonitor     *monitor,
                       GVariantDict      *info)
{
  g_variant_dict_insert (info, "mark", "b", TRUE);
}

static void
test_app_register_settings (PulsarConfigurator *configurator,
                            PulsarConfig       *config)
{
  static const struct
  {
    const char *name;
    PulsarSettingFlags flags;
  } settings[] = {
    { "do", PULSAR_SETTING_NONE },
    { "secret", PULSAR_SETTING_SECRET },
    { "mood", PULSAR_SETTING_RUNTIME },
    { "weather", PULSAR_SETTING_RUNTIME | PULSAR_SETTING_GLOBAL },
    { "password", PULSAR_SETTING_RUNTIME | PULSAR_SETTING_SECRET },
  };
  const char *n_workers = g_getenv ("APP_CLASS_WORKERS");

  if (n_workers != NULL)
    pulsar_config_set_class_value (config, "workers", g_variant_new_string (n_workers));

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      GParamSpec *pspec = g_param_spec_boxed (settings[i].name, "What the hooks do", NULL, G_TYPE_STRV, G_PARAM_READWRITE);
      g_autoptr(PulsarSetting) setting = pulsar_setting_new (pspec, "Test", NULL, settings[i].flags);

      pulsar_config_add_setting (config, setting);
    }
}

static void
test_app_class_init (TestAppClass *klass)
{
  PulsarApplicationClass *application_class = PULSAR_APPLICATION_CLASS (klass);

  PULSAR_CONFIGURATOR_CLASS (klass)->register_settings = test_app_register_settings;
  application_class->configured = test_app_configured;
  application_class->monitor_start = test_app_monitor_start;
  application_class->worker_start = test_app_worker_start;
  application_class->actor_params = test_app_actor_params;
  application_class->worker_stopping = test_app_worker_stopping;
  application_class->monitor_stopping = test_app_monitor_stopping;
  application_class->worker_info = test_app_worker_info;
  application_class->monitor_info = test_app_monitor_info;
}

static void
test_app_init (TestApp *self)
{
  g_signal_connect (self, "notify::monitor", G_CALLBACK (monitor_changed_cb), NULL);
  if (g_getenv ("APP_TASKS") != NULL)
    g_signal_connect (self, "monitor-task", G_CALLBACK (monitor_task_cb), (char *) "monitor");
}

static void
test_actor_starting (PulsarActor *actor,
                     PulsarHook  *hook)
{
  g_autoptr(GVariant) action = pulsar_actor_get_parameter (actor, "do");

  app_say ("hook starting %s %d", pulsar_actor_get_name (actor), (int) getpid ());
  if (action != NULL)
    app_run_action (NULL, "starting", g_variant_get_string (action, NULL), hook);
}

static void
test_actor_stopping (PulsarActor *actor,
                     PulsarHook  *hook)
{
  app_say ("hook stopping %s %d", pulsar_actor_get_name (actor), (int) getpid ());
}

static void
test_actor_class_init (TestActorClass *klass)
{
  PULSAR_ACTOR_CLASS (klass)->starting = test_actor_starting;
  PULSAR_ACTOR_CLASS (klass)->stopping = test_actor_stopping;
}

static void
test_actor_init (TestActor *self)
{
}

static void
build_cb (PulsarMultiApp *multi)
{
  const char *mode = g_getenv ("APP_MAIN");

  if (!g_str_equal (mode, "multi-no-main"))
    pulsar_multi_app_new_app (multi, TEST_TYPE_APP, NULL, NULL);
  pulsar_multi_app_new_app (multi, TEST_TYPE_APP, "rpc", NULL);
  if (g_str_equal (mode, "multi-three"))
    pulsar_multi_app_new_app (multi, TEST_TYPE_APP, "job", NULL);
  if (g_str_equal (mode, "multi-twice"))
    pulsar_multi_app_new_app (multi, PULSAR_TYPE_SOCKET_SERVER, "rpc", NULL);
  if (g_str_equal (mode, "multi-servers"))
    {
      pulsar_multi_app_new_app (multi, PULSAR_TYPE_SOCKET_SERVER, "web", NULL);
      pulsar_multi_app_new_app (multi, PULSAR_TYPE_SOCKET_SERVER, "shop", NULL);
    }
  if (g_str_equal (mode, "multi-clash"))
    pulsar_multi_app_new_app (multi, TEST_TYPE_APP, "graceful", NULL);
  if (g_str_equal (mode, "multi-reserved"))
    pulsar_multi_app_new_app (multi, TEST_TYPE_APP, "config", NULL);
}

static PulsarConfigurator *
make_app (const char *name)
{
  return g_object_new (TEST_TYPE_APP, "name", name, "version", "1.2", "description", "A program for tests.", NULL);
}

static int
run (const char *mode,
     int         argc,
     char      **argv)
{
  g_autoptr(PulsarConfigurator) app = NULL;
  g_autoptr(PulsarConfigurator) other = make_app ("other");
  int status;

  if (g_str_equal (mode, "no-run") && pulsar_is_worker ())
    return 0;
  if (g_str_equal (mode, "exit-before") && pulsar_is_worker ())
    _exit (7);
  if (g_str_equal (mode, "chdir"))
    g_assert_no_errno (chdir ("/"));
  if (g_str_equal (mode, "only-other") && pulsar_is_worker ())
    return pulsar_configurator_run (other, argc, argv);
  if (g_str_equal (mode, "other-first") && pulsar_is_worker ())
    {
      app_say ("other returned %d", pulsar_configurator_run (other, argc, argv));
      while (g_main_context_iteration (NULL, FALSE))
        {
        }
    }

  if (g_str_has_prefix (mode, "multi"))
    {
      app = g_object_new (PULSAR_TYPE_MULTI_APP, "name", "app", NULL);
      g_signal_connect (app, "build", G_CALLBACK (build_cb), NULL);
    }
  else
    {
      app = make_app ("app");
    }
  status = pulsar_configurator_run (app, argc, argv);
  if (g_str_equal (mode, "again") && !pulsar_is_worker ())
    {
      app_say ("returned %d", status);
      status = pulsar_configurator_run (app, argc, argv);
    }
  if (g_str_equal (mode, "linger") && pulsar_is_worker ())
    {
      app_say ("lingers %d", (int) getpid ());
      for (;;)
        pause ();
    }
  return status;
}

static int
run_own_loop (int    argc,
              char **argv)
{
  static const char *const names[] = { "app", "other" };

  own_loop = g_main_loop_new (NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      PulsarConfigurator *app = g_object_new (TEST_TYPE_APP, "name", names[i], "argv", argv, NULL);

      g_hash_table_insert (apps, g_strdup (names[i]), app);
    }
  read_input ();
  app_say ("loop");
  g_main_loop_run (own_loop);
  g_clear_pointer (&own_loop, g_main_loop_unref);
  return 0;
}

int
main (int    argc,
      char **argv)
{
  const char *mode = g_getenv ("APP_MAIN");
  struct rlimit no_core = { 0, 0 };
  guint n_fds;
  int status = 0;

  mode = mode != NULL ? mode : "";
  /* What all processes say is to come in one stream, as it is; an option says otherwise. */
  g_setenv ("PULSAR_WORKER_OUTPUT", "inherit", FALSE);
  setrlimit (RLIMIT_CORE, &no_core);
  if (!pulsar_is_worker ())
    prctl (PR_SET_PDEATHSIG, SIGTERM);  /* a test that was aborted leaves nothing */
  else if (g_getenv ("APP_RAISE") != NULL)
    {
      raise (SIGUSR1);  /* nothing listens yet */
      raise (SIGUSR2);
    }
  g_type_ensure (TEST_TYPE_APP);
  if (g_strcmp0 (g_getenv ("APP_ACTOR"), "unknown") != 0 || !pulsar_is_worker ())
    g_type_ensure (TEST_TYPE_ACTOR);
  app_register_commands ();
  app_channel_register_commands ();
  app_fds_register_commands ();
  app_watch_register_commands ();
  apps = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  cancellables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);

  /* What GLib opens once and keeps; a worker gives its mailbox up. */
  g_type_ensure (G_TYPE_TASK);
  while (g_main_context_iteration (NULL, FALSE))
    {
    }
  n_fds = app_count_fds () - (pulsar_is_worker () ? 1 : 0);

  if (g_str_equal (mode, "loop") && pulsar_worker_main (&status))
    return status;
  if (g_str_equal (mode, "loop") || g_str_equal (mode, "unprepared"))
    status = run_own_loop (argc, argv);
  else
    status = run (mode, argc, argv);

  g_hash_table_unref (cancellables);
  g_hash_table_unref (apps);
  /* A worker that became none keeps its mailbox until it ends; one that was one had the descriptor of the log, too. */
  if ((pulsar_is_worker () ? app_count_fds () > n_fds : app_count_fds () != n_fds)
      && !(pulsar_is_worker () && (status != 0 || g_str_equal (mode, "no-run") || g_str_equal (mode, "only-other"))))
    app_say ("leak of descriptors: %u became %u in %d", n_fds, app_count_fds (), (int) getpid ());
  return status;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Greets the names it reads, one a line, through an actor that remembers whom it met. */
#include <gio/gunixinputstream.h>
#include <pulsar-glib/pulsar.h>
#include <stdio.h>
#include <unistd.h>

static void name_read_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* A command of the actor, which lives in a process of its own. */
static void
greet_cb (PulsarRequest *request,
          gpointer       user_data)
{
  GHashTable *greeted = user_data;
  const char *name;
  guint count;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &name);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (greeted, name)) + 1;
  g_hash_table_replace (greeted, g_strdup (name), GUINT_TO_POINTER (count));
  pulsar_request_return_value (request, g_variant_new_take_string (g_strdup_printf ("Hello %s (%u)", name, count)));
}

static void
greeted_cb (GObject      *greeter,
            GAsyncResult *result,
            gpointer      names)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (greeter), result, NULL, &error);

  if (answer != NULL)
    {
      puts (g_variant_get_string (answer, NULL));
      fflush (stdout);
      g_data_input_stream_read_line_async (names, G_PRIORITY_DEFAULT, NULL, name_read_cb, greeter);
    }
  else
    {
      g_printerr ("%s\n", error->message);
      pulsar_actor_stop (PULSAR_ACTOR (pulsar_arbiter_get_default ()));
    }
}

static void
name_read_cb (GObject      *names,
              GAsyncResult *result,
              gpointer      greeter)
{
  g_autofree char *name = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (names), result, NULL, NULL);

  if (name != NULL)
    pulsar_actor_proxy_send_async (greeter, "greet", g_variant_new ("(s)", name), NULL, PULSAR_TIMEOUT_DEFAULT, NULL,
                                   greeted_cb, names);
  else
    pulsar_actor_stop (PULSAR_ACTOR (pulsar_arbiter_get_default ()));
}

static void
spawned_cb (GObject      *worker,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(PulsarHook) hook = PULSAR_HOOK (user_data);
  g_autoptr(GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  GDataInputStream *names = g_data_input_stream_new (input);  /* these two stay until the end */
  g_autoptr(GError) error = NULL;
  PulsarActorProxy *greeter = pulsar_actor_spawn_finish (PULSAR_ACTOR (worker), result, &error);

  if (greeter != NULL)
    g_data_input_stream_read_line_async (names, G_PRIORITY_DEFAULT, NULL, name_read_cb, greeter);
  else
    pulsar_hook_fail (hook, error);
  pulsar_hook_release (hook);
}

/* With workers = 0 this runs in the first process, and the worker is the monitor. */
static void
worker_start_cb (PulsarApplication *hello,
                 PulsarActor       *worker,
                 PulsarHook        *hook)
{
  pulsar_hook_hold (hook);
  pulsar_actor_spawn_async (worker, PULSAR_TYPE_ACTOR, "greeter", NULL, pulsar_hook_get_cancellable (hook),
                            spawned_cb, g_object_ref (hook));
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarApplication) hello = pulsar_application_new ("hello");
  GHashTable *greeted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  /* The process of the actor is this program as well, and registers its command here. */
  pulsar_command_register ("greet", "(s)", PULSAR_COMMAND_CALLERS_SUPERVISOR, greet_cb,
                           greeted, (GDestroyNotify) g_hash_table_unref);
  pulsar_config_set_class_value (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (hello)), "workers",
                                 g_variant_new_uint32 (0));
  g_signal_connect (hello, "worker-start", G_CALLBACK (worker_start_cb), NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (hello), argc, argv);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Greets the names it reads, one a line, through an actor that remembers whom it met. */
#include <gio/gunixinputstream.h>
#include <pulsar-glib/pulsar.h>
#include <stdio.h>
#include <unistd.h>

#define HELLO_TYPE_GREETER (hello_greeter_get_type ())
G_DECLARE_FINAL_TYPE (HelloGreeter, hello_greeter, HELLO, GREETER, PulsarActor)

/* Lives in a process of its own. */
struct _HelloGreeter
{
  PulsarActor parent_instance;
  GHashTable *greeted;  /* (element-type utf8 guint) (owned) how often each name was */
};

G_DEFINE_FINAL_TYPE (HelloGreeter, hello_greeter, PULSAR_TYPE_ACTOR)

static void
greet (PulsarRequest *request,
       gpointer       user_data)
{
  HelloGreeter *self = HELLO_GREETER (user_data);
  const char *name;
  guint count;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &name);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->greeted, name)) + 1;
  g_hash_table_replace (self->greeted, g_strdup (name), GUINT_TO_POINTER (count));
  pulsar_request_return_value (request, g_variant_new_take_string (g_strdup_printf ("Hello %s (%u)", name, count)));
}

static void
hello_greeter_starting (PulsarActor *actor,
                        PulsarHook  *hook)
{
  pulsar_command_register ("greet", "(s)", PULSAR_COMMAND_CALLERS_SUPERVISOR, greet, actor, NULL);
}

static void
hello_greeter_finalize (GObject *object)
{
  g_hash_table_unref (HELLO_GREETER (object)->greeted);

  G_OBJECT_CLASS (hello_greeter_parent_class)->finalize (object);
}

static void
hello_greeter_class_init (HelloGreeterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = hello_greeter_finalize;
  PULSAR_ACTOR_CLASS (klass)->starting = hello_greeter_starting;
}

static void
hello_greeter_init (HelloGreeter *self)
{
  self->greeted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* What the program itself needs. */
static GDataInputStream *names;
static PulsarActorProxy *greeter;

static void read_name (void);

static void
greeted_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = pulsar_actor_proxy_send_finish (greeter, result, NULL, &error);

  puts (answer != NULL ? g_variant_get_string (answer, NULL) : error->message);
  fflush (stdout);
  read_name ();
}

static void
name_read_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree char *name = g_data_input_stream_read_line_finish (names, result, NULL, NULL);

  if (name == NULL)
    pulsar_actor_stop (PULSAR_ACTOR (pulsar_arbiter_get_default ()));
  else
    pulsar_actor_proxy_send_async (greeter, "greet", g_variant_new ("(s)", name), NULL, PULSAR_TIMEOUT_DEFAULT, NULL,
                                   greeted_cb, NULL);
}

static void
read_name (void)
{
  g_data_input_stream_read_line_async (names, G_PRIORITY_DEFAULT, NULL, name_read_cb, NULL);
}

static void
spawned_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(PulsarHook) hook = PULSAR_HOOK (user_data);
  g_autoptr(GError) error = NULL;

  greeter = pulsar_actor_spawn_finish (PULSAR_ACTOR (source), result, &error);
  if (greeter != NULL)
    read_name ();
  else
    pulsar_hook_fail (hook, error);
  pulsar_hook_release (hook);
}

/* With workers = 0 this runs in the first process, and the worker is the monitor. */
static void
on_worker_start (PulsarApplication *application,
                 PulsarActor       *worker,
                 PulsarHook        *hook)
{
  pulsar_hook_hold (hook);
  pulsar_actor_spawn_async (worker, HELLO_TYPE_GREETER, "greeter", NULL, pulsar_hook_get_cancellable (hook),
                            spawned_cb, g_object_ref (hook));
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarConfigurator) program = g_object_new (PULSAR_TYPE_APPLICATION, "name", "hello", NULL);
  g_autoptr(GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  int status;

  g_type_ensure (HELLO_TYPE_GREETER);  /* by its name the process of the actor finds it */
  names = g_data_input_stream_new (input);
  pulsar_config_set_uint (pulsar_configurator_get_config (program), "workers", 0, NULL);
  g_signal_connect (program, "worker-start", G_CALLBACK (on_worker_start), NULL);
  status = pulsar_configurator_run (program, argc, argv);

  g_clear_object (&greeter);
  g_clear_object (&names);
  return status;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dining philosophers. Each is a worker: it thinks, asks the monitor for the two forks beside it, eats, and so on. */
#include <pulsar-glib/pulsar.h>

static PulsarConfig *config;

/* The table is in the monitor. */

static GPtrArray *asked;  /* (element-type PulsarRequest) for forks, the oldest first; those that were answered eat */

static gint64
get_philosopher (PulsarRequest *request)
{
  gint64 philosopher;

  g_variant_get (pulsar_request_get_arguments (request), "(x)", &philosopher);
  return philosopher;
}

static gboolean
needs_to_wait (guint place)
{
  gint64 n_seats = pulsar_config_get_uint (config, "workers");

  for (guint earlier = 0; earlier < place; earlier++)
    {
      gint64 distance = ABS (get_philosopher (asked->pdata[earlier]) - get_philosopher (asked->pdata[place]));

      if (distance == 1 || distance == n_seats - 1)
        return TRUE;
    }
  return FALSE;
}

/* A philosopher gets both forks at once, when no neighbour who asked earlier eats or waits: so there is no dead-lock, and
 * everybody's turn comes. */
static void
give_forks (void)
{
  for (guint place = 0; place < asked->len; place++)
    {
      if (!pulsar_request_is_answered (asked->pdata[place]) && !needs_to_wait (place))
        pulsar_request_return_value (asked->pdata[place], NULL);
    }
}

static void
take_back (gint64 philosopher)
{
  for (guint place = asked->len; place-- > 0;)
    {
      if (get_philosopher (asked->pdata[place]) == philosopher)
        g_ptr_array_remove_index (asked, place);
    }
  give_forks ();
}

static void
on_pickup (PulsarRequest *request,
           gpointer       user_data)
{
  g_ptr_array_add (asked, g_object_ref (request));
  give_forks ();
}

static void
on_putdown (PulsarRequest *request,
            gpointer       user_data)
{
  take_back (get_philosopher (request));
}

static void
on_worker_exited (PulsarMonitor *monitor,
                  PulsarWorker  *worker)
{
  take_back (pulsar_worker_get_slot (worker));
}

static void
on_monitor_start (PulsarApplication *application,
                  PulsarMonitor     *monitor,
                  PulsarHook        *hook)
{
  asked = g_ptr_array_new_with_free_func (g_object_unref);
  pulsar_command_register ("pickup", "(x)", PULSAR_COMMAND_CALLERS_SIBLING, on_pickup, NULL, NULL);
  pulsar_command_register ("putdown", "(x)", PULSAR_COMMAND_CALLERS_SIBLING, on_putdown, NULL, NULL);
  g_signal_connect (monitor, "worker-exited", G_CALLBACK (on_worker_exited), NULL);
}

/* Whoever replaces a philosopher gets its number. */
static void
on_actor_params (PulsarApplication *application,
                 PulsarMonitor     *monitor,
                 PulsarSpawn       *spawn)
{
  pulsar_spawn_set_parameter (spawn, "number", g_variant_new_int64 (pulsar_spawn_get_slot (spawn)));
}

static void
info_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  PulsarWorker *worker = PULSAR_WORKER (source);
  g_autoptr(GVariant) answer = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (worker), result, NULL, NULL);
  g_autoptr(GVariant) info = NULL;
  double longest_wait;
  guint meals;

  if (answer == NULL)  /* it died just now */
    return;
  info = g_variant_get_child_value (answer, 0);
  if (g_variant_lookup (info, "meals", "u", &meals) && g_variant_lookup (info, "longest-wait", "d", &longest_wait))
    g_print ("philosopher %u [%d]: %u meals, longest wait %.3f s\n", pulsar_worker_get_slot (worker),
             pulsar_worker_get_pid (worker), meals, longest_wait);
}

static void
on_monitor_task (PulsarApplication *application,
                 PulsarMonitor     *monitor)
{
  GListModel *workers = pulsar_monitor_get_workers (monitor);

  for (guint i = 0; i < g_list_model_get_n_items (workers); i++)
    {
      g_autoptr(PulsarActorProxy) worker = g_list_model_get_item (workers, i);

      pulsar_actor_proxy_send_async (worker, "info", NULL, NULL, PULSAR_TIMEOUT_DEFAULT, NULL, info_cb, NULL);
    }
}

/* A philosopher is a worker. */

static GVariant *number;  /* as arguments of a command */
static gint64 hungry_since, longest_wait;
static guint meals;

static void think (PulsarActor *worker);

static void
wait_about (const char  *period,
            GSourceFunc  then,
            PulsarActor *worker)
{
  double average_ms = (double) pulsar_config_get_duration (config, period) / 1000;

  g_timeout_add ((guint) (g_random_double () * 2 * average_ms), then, worker);
}

static gboolean
eaten_cb (gpointer user_data)
{
  PulsarActor *worker = PULSAR_ACTOR (user_data);

  meals++;
  pulsar_actor_post (worker, "monitor", "putdown", number, NULL);
  think (worker);
  return G_SOURCE_REMOVE;
}

static void
picked_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  PulsarActor *worker = PULSAR_ACTOR (source);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = pulsar_actor_send_finish (worker, result, NULL, &error);

  if (answer == NULL)  /* the table is closed */
    {
      g_info ("A philosopher gets up: %s", error->message);
      return;
    }
  longest_wait = MAX (longest_wait, g_get_monotonic_time () - hungry_since);
  wait_about ("eating-period", eaten_cb, worker);
}

static gboolean
hungry_cb (gpointer user_data)
{
  hungry_since = g_get_monotonic_time ();
  pulsar_actor_send_async (PULSAR_ACTOR (user_data), "monitor", "pickup", number, NULL, 0, NULL, picked_up_cb, NULL);
  return G_SOURCE_REMOVE;
}

static void
think (PulsarActor *worker)
{
  wait_about ("waiting-period", hungry_cb, worker);
}

static void
on_worker_start (PulsarApplication *application,
                 PulsarActor       *worker,
                 PulsarHook        *hook)
{
  g_autoptr(GVariant) parameter = pulsar_actor_get_parameter (worker, "number");

  number = g_variant_ref_sink (g_variant_new_tuple (&parameter, 1));
  think (worker);
}

static void
on_worker_info (PulsarApplication *application,
                PulsarActor       *worker,
                GVariantDict      *info)
{
  g_variant_dict_insert (info, "meals", "u", meals);
  g_variant_dict_insert (info, "longest-wait", "d", (double) longest_wait / G_USEC_PER_SEC);
}

static void
add_period (const char *name,
            const char *summary)
{
  g_autoptr(PulsarSetting) setting = pulsar_setting_new_duration (name, "Philosophers", summary, 0, G_TIME_SPAN_HOUR,
                                                                  2 * G_TIME_SPAN_SECOND);

  pulsar_config_add_setting (config, setting);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarConfigurator) program = g_object_new (PULSAR_TYPE_APPLICATION, "name", "philosophers", NULL);

  config = pulsar_configurator_get_config (program);
  pulsar_config_set_class_value (config, "workers", g_variant_new_uint32 (5));
  add_period ("eating-period", "How long a meal takes on average");
  add_period ("waiting-period", "How long a philosopher thinks before the next meal, on average");

  g_signal_connect (program, "monitor-start", G_CALLBACK (on_monitor_start), NULL);
  g_signal_connect (program, "actor-params", G_CALLBACK (on_actor_params), NULL);
  g_signal_connect (program, "monitor-task", G_CALLBACK (on_monitor_task), NULL);
  g_signal_connect (program, "worker-start", G_CALLBACK (on_worker_start), NULL);
  g_signal_connect (program, "worker-info", G_CALLBACK (on_worker_info), NULL);
  return pulsar_configurator_run (program, argc, argv);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app-watch.h"

#include <signal.h>
#include <stdlib.h>

#include "app-actions.h"

/* What of app.c watches others. */

/* So many actors live at a time when many are to die. */
#define N_AT_A_TIME 8

static guint n_started;    /* of “deaths” */
static guint n_ended;
static guint n_wanted;
static guint n_notices;

static void
say_death (const char       *tag,
           PulsarExitRecord *record,
           const GError     *error)
{
  g_autofree char *text = record != NULL ? pulsar_exit_record_to_string (record) : NULL;

  if (record != NULL)
    app_say ("death %s %s %d", tag, text, pulsar_exit_record_get_pid (record));
  else
    app_say ("death %s error %d %s", tag, error->code, error->message);
}

static void
death_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autofree char *tag = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarExitRecord) record = pulsar_actor_watch_finish (PULSAR_ACTOR (source), result, &error);

  say_death (tag, record, error);
}

static void
watched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarExitRecord) record = pulsar_actor_watch_finish (PULSAR_ACTOR (source), result, &error);

  if (record == NULL)
    pulsar_request_return_error (request, error);
  else
    pulsar_request_return_value (request, g_variant_new ("(ii)", pulsar_exit_record_get_pid (record),
                                                         pulsar_exit_record_get_signal_number (record)));
}

static void
watch_one_command (PulsarRequest *request,
                   gpointer       user_data)
{
  const char *target;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &target);
  pulsar_actor_watch_async (pulsar_request_get_actor (request), target, pulsar_request_get_cancellable (request), watched_cb,
                            g_object_ref (request));
}

static void
many_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  guint *counts = g_object_get_data (G_OBJECT (user_data), "counts");
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarExitRecord) record = pulsar_actor_watch_finish (PULSAR_ACTOR (source), result, &error);
  g_autoptr(PulsarRequest) request = user_data;

  counts[0]++;
  counts[1] += record != NULL;
  if (counts[0] == counts[2])
    pulsar_request_return_value (request, g_variant_new ("(uu)", counts[0], counts[1]));
}

/* Watches one actor many times, and tells when all notices are there. */
static void
watch_many_command (PulsarRequest *request,
                    gpointer       user_data)
{
  guint *counts = g_new0 (guint, 3);
  const char *target;

  g_variant_get (pulsar_request_get_arguments (request), "(&su)", &target, &counts[2]);
  g_object_set_data_full (G_OBJECT (request), "counts", counts, g_free);
  for (guint i = 0; i < counts[2]; i++)
    pulsar_actor_watch_async (pulsar_request_get_actor (request), target, pulsar_request_get_cancellable (request), many_cb,
                              g_object_ref (request));
}

void
app_watch_register_commands (void)
{
  pulsar_command_register ("watch-one", "(s)", PULSAR_COMMAND_CALLERS_ANY, watch_one_command, NULL, NULL);
  pulsar_command_register ("watch-many", "(su)", PULSAR_COMMAND_CALLERS_ANY, watch_many_command, NULL, NULL);
}

/* One of many that die. It is watched by the arbiter and by the worker app.1, before and after its death. */
typedef struct
{
  char *id;
  int pid;
  guint n_early;
  guint n_late;
} Victim;

static void start_victim (void);

static void
victim_told (Victim *victim)
{
  n_notices++;
  if (++victim->n_late < 2)
    return;

  g_free (victim->id);
  g_free (victim);
  n_ended++;
  if (n_ended == n_wanted)
    app_say ("deaths %u notices %u", n_ended, n_notices);
  else
    start_victim ();
}

static void victim_watched_cb (GObject      *source,
                               GAsyncResult *result,
                               gpointer      user_data);
static void victim_asked_cb (GObject      *source,
                             GAsyncResult *result,
                             gpointer      user_data);

static void
watch_victim (Victim *victim)
{
  PulsarActor *arbiter = PULSAR_ACTOR (pulsar_arbiter_get_default ());

  pulsar_actor_watch_async (arbiter, victim->id, NULL, victim_watched_cb, victim);
  pulsar_actor_send_async (arbiter, "app/any", "watch-one", g_variant_new ("(s)", victim->id), NULL, 0, NULL, victim_asked_cb,
                           victim);
}

static void
count (Victim *victim,
       int     pid)
{
  g_assert_cmpint (pid, ==, victim->pid);
  if (victim->n_early == 2)
    {
      victim_told (victim);
      return;
    }
  n_notices++;
  if (++victim->n_early == 2)
    watch_victim (victim);
}

static void
victim_watched_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarExitRecord) record = pulsar_actor_watch_finish (PULSAR_ACTOR (source), result, &error);

  g_assert_no_error (error);
  g_assert_cmpint (pulsar_exit_record_get_signal_number (record), ==, SIGKILL);
  count (user_data, pulsar_exit_record_get_pid (record));
}

static void
victim_asked_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);
  int pid, signal_number;

  g_assert_no_error (error);
  g_variant_get (value, "(ii)", &pid, &signal_number);
  g_assert_cmpint (signal_number, ==, SIGKILL);
  count (user_data, pid);
}

static void
victim_spawned_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = pulsar_actor_spawn_finish (PULSAR_ACTOR (source), result, &error);
  Victim *victim = g_new0 (Victim, 1);

  g_assert_no_error (error);
  victim->id = g_strdup (pulsar_actor_proxy_get_id (proxy));
  victim->pid = pulsar_worker_get_pid (PULSAR_WORKER (proxy));
  watch_victim (victim);
  g_assert_no_errno (kill (victim->pid, SIGKILL));
}

static void
start_victim (void)
{
  if (n_started == n_wanted)
    return;
  n_started++;
  pulsar_actor_spawn_async (PULSAR_ACTOR (pulsar_arbiter_get_default ()), g_type_from_name ("TestActor"), "victim", NULL, NULL,
                            victim_spawned_cb, NULL);
}

gboolean
app_watch_execute (char **words)
{
  if (g_str_equal (words[0], "watch"))
    {
      pulsar_actor_watch_async (PULSAR_ACTOR (pulsar_arbiter_get_default ()), words[2], NULL, death_cb, g_strdup (words[1]));
    }
  else if (g_str_equal (words[0], "deaths"))
    {
      n_wanted = (guint) atoi (words[1]);
      for (guint i = 0; i < N_AT_A_TIME; i++)
        start_victim ();
    }
  else
    {
      return FALSE;
    }
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints every hook as it runs, one a line: the process id, the actor that the process is, the hook, and the actor it is about.
 * check-hooks runs this program in each language. */
#include <pulsar-glib/pulsar.h>
#include <unistd.h>

#define HOOKS_TYPE_PROGRAM (hooks_program_get_type ())
G_DECLARE_FINAL_TYPE (HooksProgram, hooks_program, HOOKS, PROGRAM, PulsarApplication)

struct _HooksProgram
{
  PulsarApplication parent_instance;
  gboolean asked;  /* for information */
};

G_DEFINE_FINAL_TYPE (HooksProgram, hooks_program, PULSAR_TYPE_APPLICATION)

static void
say (const char *process,
     const char *hook,
     const char *subject)
{
  g_autofree char *line = g_strdup_printf ("%d %s %s %s\n", getpid (), process, hook, subject);

  if (write (STDOUT_FILENO, line, strlen (line)) < 0)
    g_error ("Nobody reads");
}

static void
say_here (const char  *hook,
          PulsarActor *subject)
{
  const char *name = pulsar_actor_get_name (subject);

  say (pulsar_is_worker () ? name : "arbiter", hook, name);
}

static void
starting_cb (PulsarActor *actor,
             PulsarHook  *hook)
{
  say_here ("Actor::starting", actor);
}

static void
stopping_cb (PulsarActor *actor,
             PulsarHook  *hook)
{
  say_here ("Actor::stopping", actor);
}

static void
follow (PulsarActor *actor)
{
  g_signal_connect (actor, "starting", G_CALLBACK (starting_cb), NULL);
  g_signal_connect (actor, "stopping", G_CALLBACK (stopping_cb), NULL);
}

static void
actor_changed_cb (PulsarApplication *program)
{
  PulsarActor *actor = pulsar_application_get_actor (program);

  if (actor != NULL)
    follow (actor);
}

static void
query_spawn_cb (PulsarActor *monitor,
                PulsarSpawn *spawn)
{
  say ("arbiter", "Actor::query-spawn", pulsar_spawn_get_name (spawn));
}

static void
worker_ready_cb (PulsarMonitor *monitor,
                 PulsarWorker  *worker)
{
  say ("arbiter", "Monitor::worker-ready", pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)));
}

static void
worker_exited_cb (PulsarMonitor *monitor,
                  PulsarWorker  *worker)
{
  say ("arbiter", "Monitor::worker-exited", pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)));
}

static void
arbiter_monitor_start_cb (PulsarArbiter *arbiter,
                          PulsarMonitor *monitor,
                          PulsarHook    *hook)
{
  say_here ("Arbiter::monitor-start", PULSAR_ACTOR (monitor));
  g_signal_connect (monitor, "query-spawn", G_CALLBACK (query_spawn_cb), NULL);
  g_signal_connect (monitor, "worker-ready", G_CALLBACK (worker_ready_cb), NULL);
  g_signal_connect (monitor, "worker-exited", G_CALLBACK (worker_exited_cb), NULL);
}

static void
hooks_program_configured (PulsarApplication *self,
                          PulsarArbiter     *arbiter,
                          PulsarHook        *hook)
{
  say ("arbiter", "Application::configured", pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));
}

static void
hooks_program_monitor_start (PulsarApplication *self,
                             PulsarMonitor     *monitor,
                             PulsarHook        *hook)
{
  say_here ("Application::monitor-start", PULSAR_ACTOR (monitor));
}

static void
hooks_program_worker_start (PulsarApplication *self,
                            PulsarActor       *worker,
                            PulsarHook        *hook)
{
  say_here ("Application::worker-start", worker);
}

static void
hooks_program_actor_params (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarSpawn       *spawn)
{
  say ("arbiter", "Application::actor-params", pulsar_spawn_get_name (spawn));
}

/* It comes again and again, from when all workers are ready. */
static void
hooks_program_monitor_task (PulsarApplication *self,
                            PulsarMonitor     *monitor)
{
  if (HOOKS_PROGRAM (self)->asked)
    return;
  HOOKS_PROGRAM (self)->asked = TRUE;

  say_here ("Application::monitor-task", PULSAR_ACTOR (monitor));
  pulsar_actor_post (PULSAR_ACTOR (monitor), "arbiter", "info", NULL, NULL);
}

static void
hooks_program_monitor_info (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            GVariantDict      *info)
{
  say_here ("Application::monitor-info", PULSAR_ACTOR (monitor));
}

static void
hooks_program_worker_info (PulsarApplication *self,
                           PulsarActor       *worker,
                           GVariantDict      *info)
{
  say_here ("Application::worker-info", worker);
}

static void
hooks_program_worker_stopping (PulsarApplication *self,
                               PulsarActor       *worker,
                               PulsarHook        *hook)
{
  say_here ("Application::worker-stopping", worker);
}

static void
hooks_program_monitor_stopping (PulsarApplication *self,
                                PulsarMonitor     *monitor,
                                PulsarHook        *hook)
{
  say_here ("Application::monitor-stopping", PULSAR_ACTOR (monitor));
}

static void
hooks_program_class_init (HooksProgramClass *klass)
{
  PulsarApplicationClass *application_class = PULSAR_APPLICATION_CLASS (klass);

  application_class->configured = hooks_program_configured;
  application_class->monitor_start = hooks_program_monitor_start;
  application_class->worker_start = hooks_program_worker_start;
  application_class->actor_params = hooks_program_actor_params;
  application_class->monitor_task = hooks_program_monitor_task;
  application_class->monitor_info = hooks_program_monitor_info;
  application_class->worker_info = hooks_program_worker_info;
  application_class->worker_stopping = hooks_program_worker_stopping;
  application_class->monitor_stopping = hooks_program_monitor_stopping;
}

static void
hooks_program_init (HooksProgram *self)
{
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(HooksProgram) program = g_object_new (HOOKS_TYPE_PROGRAM, "name", "hooks", NULL);
  PulsarArbiter *arbiter = pulsar_arbiter_get_default ();

  follow (PULSAR_ACTOR (arbiter));
  g_signal_connect (arbiter, "monitor-start", G_CALLBACK (arbiter_monitor_start_cb), NULL);
  g_signal_connect (program, "notify::actor", G_CALLBACK (actor_changed_cb), NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (program), argc, argv);
}

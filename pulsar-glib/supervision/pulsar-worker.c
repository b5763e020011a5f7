/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-worker-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-spawn-private.h"
#include "pulsar-glib/base/pulsar-poll-source-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/process/pulsar-exit-record-private.h"
#include "pulsar-glib/supervision/pulsar-output-private.h"
#include "pulsar-glib/supervision/pulsar-watch-table-private.h"

/**
 * PulsarWorker:
 *
 * A process that a supervisor watches over, seen from the supervisor.
 *
 * A worker is the program executed again. It is starting until it reports ready, running from then on, and closed or
 * terminated when its process is gone. A replacement is another `PulsarWorker`.
 *
 * Since: 0.1
 */

/* From SIGTERM to SIGKILL, and from SIGABRT (which leaves a core or a traceback) to SIGKILL. */
#define TERM_TO_KILL_MS 2000
#define ABORT_TO_KILL_MS 1000

/* Once the silence of a worker has lasted too long, the whole tree may have been stopped: a worker that runs again gets this long to say so. */
#define JUDGE_AFTER_MS 50

/* A worker that closed its mailbox without ending is of no use to anyone. */
#define LOST_TO_TERM_MS 1000

typedef enum
{
  STEP_NONE,      /* nothing is due */
  STEP_START,     /* the start timeout */
  STEP_SILENCE,   /* the heartbeat is overdue */
  STEP_JUDGE,     /* and still is a moment later */
  STEP_LOST,      /* it closed its mailbox and did not end */
  STEP_TERM,      /* graceful time is over */
  STEP_KILL,      /* the last resort */
} Step;

/* One timer serves the whole life of a worker, since only one thing can be due: `step` says what. */
struct _PulsarWorker
{
  PulsarActorProxy parent_instance;

  const PulsarWorkerOwner *owner_funcs;  /* (nullable) NULL once disowned */
  gpointer owner;
  PulsarChild *child;             /* (owned) (nullable) while there is a process */
  PulsarDirectory *directory;     /* (owned) (nullable) while there is a process */
  PulsarChannel *channel;         /* (owned) (nullable) while the mailbox is open */
  PulsarOutput *output;           /* (owned) (nullable) while there is a process, with worker-output=log */
  PulsarExitRecord *exit_record;  /* (owned) (nullable) once it ended */
  GError *failure;                /* (owned) (nullable) what it said of a failed start */
  PulsarPollSource *timer;        /* (owned) (nullable) while there is a process */
  Step step;
  PulsarWorkerTimes times;
  PulsarState state;
  GPid pid;
  guint slot;
  guint generation;
  gint64 launched_us;
  gint64 ready_us;                /* -1 before it was ready */
  gint64 heard_us;                /* when the newest heartbeat was *sent*; -1 before the first */
  gint64 deadline_us;             /* of an end that was asked for, else 0 */
};

typedef enum
{
  PROP_PID = 1,
  PROP_STATE,
  PROP_GENERATION,
  PROP_SLOT,
  PROP_EXIT_RECORD,
  PROP_READY_TIME,
} PulsarWorkerProperty;

static GParamSpec *properties[PROP_READY_TIME + 1];

G_DEFINE_FINAL_TYPE (PulsarWorker, pulsar_worker, PULSAR_TYPE_ACTOR_PROXY)

static void
set_state (PulsarWorker *self,
           PulsarState   state)
{
  if (self->state == state)
    return;

  g_assert (pulsar_state_can_become (self->state, state));
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
arm (PulsarWorker *self,
     Step          step,
     gint64        when_us)
{
  self->step = step;
  pulsar_poll_source_set_ready_time (self->timer, step == STEP_NONE ? -1 : when_us);
}

static void
arm_after (PulsarWorker *self,
           Step          step,
           guint         delay_ms)
{
  arm (self, step, g_get_monotonic_time () + delay_ms * G_TIME_SPAN_MILLISECOND);
}

/* A death that is due already is put off by nothing. */
static void
arm_kill (PulsarWorker *self,
          guint         delay_ms)
{
  gint64 when_us = g_get_monotonic_time () + delay_ms * G_TIME_SPAN_MILLISECOND;

  if (self->step == STEP_KILL)
    when_us = MIN (when_us, pulsar_poll_source_get_ready_time (self->timer));
  arm (self, STEP_KILL, when_us);
}

static void
watch_silence (PulsarWorker *self)
{
  if (self->times.timeout_ms == 0)
    arm (self, STEP_NONE, 0);
  else
    arm (self, STEP_SILENCE, self->heard_us + self->times.timeout_ms * G_TIME_SPAN_MILLISECOND);
}

static void
log_worker (PulsarWorker      *self,
            PulsarLogPriority  priority,
            const char        *text)
{
  pulsar_log (priority, "“%s” [%d]: %s", pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (self)), (int) self->pid, text);
}

static gboolean
is_silent (PulsarWorker *self)
{
  return g_get_monotonic_time () >= self->heard_us + self->times.timeout_ms * G_TIME_SPAN_MILLISECOND;
}

/* The supervisor itself may have been kept from reading: what the worker sent counts, also if it lies unread. */
static void
judge_silence (PulsarWorker *self)
{
  if (self->channel != NULL)
    pulsar_channel_drain (self->channel);
  if (self->step != STEP_JUDGE)
    return;  /* what it sent was something else than a heartbeat */
  if (!is_silent (self))
    {
      watch_silence (self);
      return;
    }

  log_worker (self, PULSAR_LOG_ERROR, _("gave no sign of life for longer than “timeout”, so it is killed"));
  pulsar_child_expect (self->child, PULSAR_EXIT_REASON_KILLED_TIMEOUT);
  pulsar_child_signal (self->child, SIGABRT);
  arm_kill (self, ABORT_TO_KILL_MS);
}

static void
timer_cb (GIOCondition condition,
          gpointer     user_data)
{
  g_autoptr(PulsarWorker) self = g_object_ref (user_data);

  switch (self->step)
    {
    case STEP_NONE:
      arm (self, STEP_NONE, 0);
      break;

    case STEP_START:
      log_worker (self, PULSAR_LOG_ERROR, _("not ready within “start-timeout”, so it is killed"));
      pulsar_child_expect (self->child, PULSAR_EXIT_REASON_KILLED_START);
      pulsar_child_signal (self->child, SIGTERM);
      arm_kill (self, ABORT_TO_KILL_MS);
      break;

    case STEP_SILENCE:
      if (is_silent (self))
        arm_after (self, STEP_JUDGE, JUDGE_AFTER_MS);
      else
        watch_silence (self);
      break;

    case STEP_JUDGE:
      judge_silence (self);
      break;

    case STEP_LOST:
      pulsar_child_expect (self->child, PULSAR_EXIT_REASON_LOST);
      pulsar_child_signal (self->child, SIGTERM);
      arm_kill (self, TERM_TO_KILL_MS);
      break;

    case STEP_TERM:
      pulsar_child_signal (self->child, SIGTERM);
      arm_kill (self, TERM_TO_KILL_MS);
      break;

    case STEP_KILL:
      pulsar_child_signal (self->child, SIGKILL);
      arm (self, STEP_NONE, 0);
      break;

    default:
      g_assert_not_reached ();
    }
}

static const PulsarPollFuncs timer_funcs = { "[pulsar] worker", NULL, timer_cb };

static void
close_channel (PulsarWorker *self)
{
  g_autoptr(PulsarChannel) channel = g_steal_pointer (&self->channel);

  if (channel == NULL)
    return;

  pulsar_directory_remove_proxy (self->directory, PULSAR_ACTOR_PROXY (self));
  pulsar_actor_proxy_set_channel (PULSAR_ACTOR_PROXY (self), NULL, NULL);
  pulsar_channel_close (channel);
}

static void
request_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  PulsarWorker *self = user_data;

  pulsar_directory_receive (self->directory, channel, PULSAR_ACTOR_PROXY (self), frame);
}

/* Who it is does not stand in it: the kernel says who sent it. */
static void
got_hello (PulsarWorker *self)
{
  int pid = pulsar_mailbox_get_peer_pid (pulsar_channel_get_mailbox (self->channel));

  if (self->child == NULL || !pulsar_child_set_worker_pid (self->child, pid))
    return;
  self->pid = pid;
  if (self->output != NULL)
    pulsar_output_set_pid (self->output, pid);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PID]);
}

static void
got_ready (PulsarWorker *self)
{
  if (self->state != PULSAR_STATE_STARTING || self->child == NULL)
    return;

  self->ready_us = g_get_monotonic_time ();
  self->heard_us = self->ready_us;
  watch_silence (self);
  set_state (self, PULSAR_STATE_RUNNING);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READY_TIME]);

  /* Who was told may have ended it already. */
  if (self->owner_funcs != NULL && self->state == PULSAR_STATE_RUNNING)
    self->owner_funcs->ready (self, self->owner);
}

static void
got_heartbeat (PulsarWorker *self,
               GVariant     *body)
{
  gint64 sent_us;

  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE_INT64))
    return;

  /* The clock is the same for all processes. A worker that claims the future gains nothing. */
  sent_us = MIN (g_variant_get_int64 (body), g_get_monotonic_time ());
  self->heard_us = MAX (self->heard_us, sent_us);
  if (self->state == PULSAR_STATE_RUNNING && self->owner_funcs != NULL && self->owner_funcs->heard != NULL)
    self->owner_funcs->heard (self, self->owner);
}

static void
control_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  g_autoptr(PulsarWorker) self = g_object_ref (user_data);

  switch (frame->kind)
    {
    case PULSAR_FRAME_HELLO:
      got_hello (self);
      break;

    case PULSAR_FRAME_READY:
      got_ready (self);
      break;

    case PULSAR_FRAME_FAILED:
      if (self->failure == NULL)
        self->failure = pulsar_error_from_variant (frame->body);
      break;

    case PULSAR_FRAME_HEARTBEAT:
      got_heartbeat (self, frame->body);
      break;

    case PULSAR_FRAME_DRAINING:
      /* It ends by itself, such as on a signal from outside: no heartbeat is due, but the time of a stop holds. */
      if (self->child != NULL && (self->step == STEP_SILENCE || self->step == STEP_JUDGE))
        arm_after (self, STEP_TERM, self->times.graceful_timeout_ms);
      break;

    case PULSAR_FRAME_WORN:
      if (self->state == PULSAR_STATE_RUNNING && self->owner_funcs != NULL && self->owner_funcs->worn != NULL)
        self->owner_funcs->worn (self, self->owner);
      break;

    case PULSAR_FRAME_STOP:
    case PULSAR_FRAME_REQUEST:
    case PULSAR_FRAME_POST:
    case PULSAR_FRAME_REPLY:
    case PULSAR_FRAME_ERROR:
    case PULSAR_FRAME_CANCEL:
    case PULSAR_FRAME_CREDIT:
    case PULSAR_FRAME_REOPEN:
    default:
      break;
    }
}

static void
closed_cb (PulsarChannel *channel,
           const GError  *error,
           gpointer       user_data)
{
  g_autoptr(PulsarWorker) self = g_object_ref (user_data);

  if (error != NULL)
    log_worker (self, PULSAR_LOG_ERROR, error->message);
  close_channel (self);

  /* Nearly always the process is just ending, and how will be known in a moment. If not, it cannot be reached any more. */
  if (self->child == NULL || self->deadline_us != 0 || self->step == STEP_KILL)
    return;
  if (error == NULL && self->step == STEP_TERM)
    return;  /* it said that it ends, and has its time for that: an interpreter may take long to go */
  if (error != NULL)
    pulsar_child_expect (self->child, PULSAR_EXIT_REASON_LOST);
  arm_after (self, STEP_LOST, LOST_TO_TERM_MS);
}

static void
exited_cb (PulsarChild      *exited_child,
           PulsarExitRecord *record,
           gpointer          user_data)
{
  g_autoptr(PulsarWorker) self = user_data;  /* the reference the process held */
  g_autoptr(PulsarChild) child = g_steal_pointer (&self->child);
  g_autoptr(PulsarDirectory) directory = g_object_ref (self->directory);
  const PulsarWorkerOwner *owner_funcs = NULL;

  g_clear_pointer (&self->timer, pulsar_poll_source_free);
  g_signal_handlers_disconnect_by_data (child, self);

  /* What the worker said last may still lie in the mailbox, such as why it could not start. */
  if (self->channel != NULL)
    pulsar_channel_drain (self->channel);
  close_channel (self);
  g_clear_object (&self->directory);
  if (self->output != NULL)
    pulsar_exit_record_take_last_lines (record, pulsar_output_finish (self->output));
  g_clear_pointer (&self->output, pulsar_output_free);

  self->exit_record = g_object_ref (record);
  owner_funcs = g_steal_pointer (&self->owner_funcs);
  set_state (self, self->deadline_us != 0 ? PULSAR_STATE_CLOSED : PULSAR_STATE_TERMINATED);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EXIT_RECORD]);
  pulsar_watch_table_end (pulsar_watch_table_get (directory), PULSAR_ACTOR_PROXY (self), record);
  if (owner_funcs != NULL)
    owner_funcs->exited (self, self->owner);
}

static void
late_cb (PulsarChannel *channel,
         gpointer       user_data)
{
  PulsarWorker *self = user_data;

  if (self->directory != NULL)
    pulsar_directory_count_late (self->directory);
}

static const PulsarChannelHandler channel_handler = {
  .request = request_cb,
  .control = control_cb,
  .closed = closed_cb,
  .late = late_cb,
};

static void
pulsar_worker_get_property (GObject    *object,
                            guint       property_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  PulsarWorker *self = PULSAR_WORKER (object);

  switch ((PulsarWorkerProperty) property_id)
    {
    case PROP_PID:
      g_value_set_int (value, self->pid);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_GENERATION:
      g_value_set_uint (value, self->generation);
      break;
    case PROP_SLOT:
      g_value_set_uint (value, self->slot);
      break;
    case PROP_EXIT_RECORD:
      g_value_set_object (value, self->exit_record);
      break;
    case PROP_READY_TIME:
      g_value_set_int64 (value, self->ready_us);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_worker_finalize (GObject *object)
{
  PulsarWorker *self = PULSAR_WORKER (object);

  g_assert (self->child == NULL);  /* a running process holds a reference */
  g_clear_object (&self->exit_record);
  g_clear_error (&self->failure);

  G_OBJECT_CLASS (pulsar_worker_parent_class)->finalize (object);
}

static void
pulsar_worker_class_init (PulsarWorkerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_worker_get_property;
  object_class->finalize = pulsar_worker_finalize;

  /**
   * PulsarWorker:pid: (getter get_pid)
   *
   * The process id, or 0 before there is a process. It stays after the process is gone. With a `command` that executes the
   * program in a process of its own, it is that of the command until the program has come to run.
   *
   * Since: 0.1
   */
  properties[PROP_PID] =
    g_param_spec_int ("pid", NULL, NULL, 0, G_MAXINT, 0,
                      G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarWorker:state: (getter get_state)
   *
   * Where the worker is in its life.
   *
   * Since: 0.1
   */
  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, PULSAR_TYPE_STATE, PULSAR_STATE_INITIAL,
                       G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarWorker:generation: (getter get_generation)
   *
   * Which generation of workers it belongs to, from 1.
   *
   * Since: 0.1
   */
  properties[PROP_GENERATION] =
    g_param_spec_uint ("generation", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarWorker:slot: (getter get_slot)
   *
   * Which of the workers of its application it is, from 0. A replacement has the same slot.
   *
   * Since: 0.1
   */
  properties[PROP_SLOT] =
    g_param_spec_uint ("slot", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarWorker:exit-record: (getter get_exit_record)
   *
   * How its process ended, or `NULL` while it lives.
   *
   * Since: 0.1
   */
  properties[PROP_EXIT_RECORD] =
    g_param_spec_object ("exit-record", NULL, NULL, PULSAR_TYPE_EXIT_RECORD,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarWorker:ready-time: (getter get_ready_time)
   *
   * When it reported ready, in microseconds of the monotonic clock, or -1 if it has not.
   *
   * Since: 0.1
   */
  properties[PROP_READY_TIME] =
    g_param_spec_int64 ("ready-time", NULL, NULL, -1, G_MAXINT64, -1,
                        G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
pulsar_worker_init (PulsarWorker *self)
{
  self->ready_us = -1;
  self->heard_us = -1;
}

PulsarWorker *
pulsar_worker_new (const char              *name,
                   const char              *id,
                   guint                    slot,
                   guint                    generation,
                   const PulsarWorkerOwner *owner_funcs,
                   gpointer                 owner)
{
  PulsarWorker *self = g_object_new (PULSAR_TYPE_WORKER, "name", name, "id", id, NULL);

  self->slot = slot;
  self->generation = generation;
  self->owner_funcs = owner_funcs;
  self->owner = owner;
  return self;
}

static gboolean
send_hello (PulsarWorker  *self,
            PulsarHello   *hello,
            GError       **error)
{
  g_autoptr(GVariant) body = g_variant_ref_sink (pulsar_hello_encode (hello));

  return pulsar_channel_send_control (self->channel, PULSAR_FRAME_HELLO, body, error);
}

static gboolean
open_nothing (int     *output_fds,
              GError **error)
{
  int fd = open ("/dev/null", O_WRONLY | O_CLOEXEC);

  output_fds[0] = fd;
  output_fds[1] = fd;
  if (fd < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_SPAWN_ERROR, saved_errno == EMFILE ? (int) G_SPAWN_ERROR_MFILE : (int) G_SPAWN_ERROR_FAILED,
                   _("Cannot open “/dev/null” for the output of a worker: %s"), g_strerror (saved_errno));
    }
  return fd >= 0;
}

/* Where the standard output and the standard error of the process go. */
static gboolean
open_output (PulsarWorker      *self,
             PulsarWorkerOutput output,
             int               *output_fds,
             GError           **error)
{
  output_fds[0] = -1;
  output_fds[1] = -1;
  switch (output)
    {
    case PULSAR_WORKER_OUTPUT_NULL:
      return open_nothing (output_fds, error);
    case PULSAR_WORKER_OUTPUT_LOG:
      self->output = pulsar_output_new (output_fds);
      return TRUE;  /* without a pipe it is as with “inherit” */
    case PULSAR_WORKER_OUTPUT_INHERIT:
    default:
      return TRUE;
    }
}

static void
close_output (int *output_fds)
{
  if (output_fds[0] >= 0)
    close (output_fds[0]);
  if (output_fds[1] >= 0 && output_fds[1] != output_fds[0])
    close (output_fds[1]);
}

static void
begin_output (PulsarWorker *self,
              PulsarHello  *hello)
{
  PulsarLogPeer peer = {
    .application = hello->application,
    .actor = hello->name,
    .id = hello->id,
    .pid = self->pid,
  };

  if (self->output != NULL)
    pulsar_output_begin (self->output, &peer);
}

gboolean
pulsar_worker_launch (PulsarWorker             *self,
                      PulsarRecipe             *recipe,
                      PulsarDirectory          *directory,
                      PulsarHello              *hello,
                      PulsarSpawn              *spawn,
                      const PulsarWorkerTimes  *times,
                      GError                  **error)
{
  PulsarMailboxLimits limits = { hello->mailbox_messages, hello->mailbox_bytes, hello->message_size_max };
  const int *fds;
  guint n_fds = 0;
  int output_fds[2];
  int mailbox_fd = -1;

  g_assert (self->state == PULSAR_STATE_INITIAL);

  fds = pulsar_spawn_get_fds (spawn, &n_fds);
  if (!open_output (self, hello->output, output_fds, error))
    return FALSE;
  self->child = pulsar_child_spawn (recipe, fds, n_fds, output_fds[0] >= 0 ? output_fds : NULL,
                                    pulsar_spawn_get_environment (spawn), &mailbox_fd, error);
  close_output (output_fds);
  if (self->child == NULL)
    {
      g_clear_pointer (&self->output, pulsar_output_free);
      return FALSE;
    }

  g_signal_connect (self->child, "exited", G_CALLBACK (exited_cb), g_object_ref (self));
  self->pid = pulsar_child_get_pid (self->child);
  begin_output (self, hello);
  self->times = *times;
  self->launched_us = g_get_monotonic_time ();
  self->directory = g_object_ref (directory);
  self->channel = pulsar_channel_new (mailbox_fd, &limits, &channel_handler, self);
  pulsar_mailbox_set_spin (pulsar_channel_get_mailbox (self->channel), hello->mailbox_spin_us);
  pulsar_actor_proxy_set_channel (PULSAR_ACTOR_PROXY (self), self->channel, NULL);
  pulsar_directory_add_proxy (directory, PULSAR_ACTOR_PROXY (self));
  pulsar_watch_table_begin (pulsar_watch_table_get (directory), PULSAR_ACTOR_PROXY (self));

  self->timer = pulsar_poll_source_new (-1, 0, PULSAR_POLL_SELDOM, &timer_funcs, self);
  if (times->start_timeout_ms > 0)
    arm_after (self, STEP_START, times->start_timeout_ms);

  set_state (self, PULSAR_STATE_STARTING);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PID]);

  /* A hello that cannot be sent is the end of this process: it exits when the mailbox closes, and is accounted for as any other. */
  if (!send_hello (self, hello, &self->failure))
    close_channel (self);
  return TRUE;
}

static void
send_stop (PulsarWorker *self)
{
  gint64 left_ms = (self->deadline_us - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
  g_autoptr(GVariant) budget = g_variant_ref_sink (g_variant_new_uint32 ((guint) CLAMP (left_ms, 0, G_MAXUINT)));

  if (self->channel != NULL)
    pulsar_channel_send_control (self->channel, PULSAR_FRAME_STOP, budget, NULL);
}

void
pulsar_worker_reopen_log (PulsarWorker *self,
                          GUnixFDList  *files)
{
  /* Not more than a line in the wrong file depends on it. */
  if (self->channel != NULL)
    pulsar_channel_send_reopen (self->channel, files, NULL);
}

void
pulsar_worker_end (PulsarWorker *self,
                   gint64        deadline_us)
{
  gboolean is_first = self->deadline_us == 0;

  if (self->child == NULL || (!is_first && self->deadline_us <= deadline_us))
    return;

  self->deadline_us = MAX (deadline_us, 1);
  send_stop (self);
  if (self->step != STEP_KILL)
    {
      if (is_first)
        pulsar_child_expect (self->child, PULSAR_EXIT_REASON_STOPPED);
      arm (self, STEP_TERM, deadline_us);
    }

  /* Before it reads its mailbox, only a signal reaches it. */
  if (self->state == PULSAR_STATE_STARTING)
    pulsar_child_signal (self->child, SIGTERM);
  set_state (self, PULSAR_STATE_STOPPING);
}

void
pulsar_worker_hurry (PulsarWorker *self)
{
  g_autoptr(PulsarWorker) hold G_GNUC_UNUSED = g_object_ref (self);

  if (self->child == NULL)
    return;

  pulsar_worker_end (self, g_get_monotonic_time ());
  pulsar_child_signal (self->child, SIGTERM);
  arm_kill (self, ABORT_TO_KILL_MS);
}

void
pulsar_worker_disown (PulsarWorker *self)
{
  self->owner_funcs = NULL;
  self->owner = NULL;
}

const GError *
pulsar_worker_get_failure (PulsarWorker *self)
{
  return self->failure;
}

gboolean
pulsar_worker_was_ready (PulsarWorker *self)
{
  return self->ready_us >= 0;
}

gint64
pulsar_worker_get_launch_time (PulsarWorker *self)
{
  return self->launched_us;
}

gint64
pulsar_worker_get_silence (PulsarWorker *self)
{
  return self->heard_us < 0 ? -1 : g_get_monotonic_time () - self->heard_us;
}

/**
 * pulsar_worker_get_pid:
 * @self: a worker
 *
 * Gets the process id, or 0 before there is a process.
 *
 * Returns: the process id
 *
 * Since: 0.1
 */
GPid
pulsar_worker_get_pid (PulsarWorker *self)
{
  g_return_val_if_fail (PULSAR_IS_WORKER (self), 0);

  return self->pid;
}

/**
 * pulsar_worker_get_state:
 * @self: a worker
 *
 * Gets where the worker is in its life.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
PulsarState
pulsar_worker_get_state (PulsarWorker *self)
{
  g_return_val_if_fail (PULSAR_IS_WORKER (self), PULSAR_STATE_INITIAL);

  return self->state;
}

/**
 * pulsar_worker_get_generation:
 * @self: a worker
 *
 * Gets which generation of workers it belongs to, from 1.
 *
 * Returns: the generation
 *
 * Since: 0.1
 */
guint
pulsar_worker_get_generation (PulsarWorker *self)
{
  g_return_val_if_fail (PULSAR_IS_WORKER (self), 0);

  return self->generation;
}

/**
 * pulsar_worker_get_slot:
 * @self: a worker
 *
 * Gets which of the workers of its application it is, from 0.
 *
 * Returns: the slot
 *
 * Since: 0.1
 */
guint
pulsar_worker_get_slot (PulsarWorker *self)
{
  g_return_val_if_fail (PULSAR_IS_WORKER (self), 0);

  return self->slot;
}

/**
 * pulsar_worker_get_exit_record:
 * @self: a worker
 *
 * Gets how its process ended.
 *
 * Returns: (transfer none) (nullable): the exit record, or `NULL` while it lives
 *
 * Since: 0.1
 */
PulsarExitRecord *
pulsar_worker_get_exit_record (PulsarWorker *self)
{
  g_return_val_if_fail (PULSAR_IS_WORKER (self), NULL);

  return self->exit_record;
}

/**
 * pulsar_worker_get_ready_time:
 * @self: a worker
 *
 * Gets when it reported ready, in microseconds of the monotonic clock.
 *
 * Returns: the time, or -1 if it has not reported ready
 *
 * Since: 0.1
 */
gint64
pulsar_worker_get_ready_time (PulsarWorker *self)
{
  g_return_val_if_fail (PULSAR_IS_WORKER (self), -1);

  return self->ready_us;
}

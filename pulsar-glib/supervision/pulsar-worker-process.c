/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-worker-process-private.h"

#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-direct-channel-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/actor/pulsar-topic-private.h"
#include "pulsar-glib/base/pulsar-error-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/process/pulsar-identity-private.h"
#include "pulsar-glib/process/pulsar-lifeline-private.h"
#include "pulsar-glib/process/pulsar-process-title-private.h"
#include "pulsar-glib/supervision/pulsar-request-count-private.h"
#include "pulsar-glib/supervision/pulsar-sequence-private.h"
#include "pulsar-glib/supervision/pulsar-signals-private.h"
#include "pulsar-glib/supervision/pulsar-watch-private.h"

/* How long the first frame may take. The supervisor sends it right after it made the process, so that only a machine in
 * trouble needs this; the supervisor's own start-timeout rules. */
#define HELLO_TIMEOUT_US (60 * G_USEC_PER_SEC)

/* How long callbacks that are due at the end may take. */
#define RUN_DOWN_US (100 * G_TIME_SPAN_MILLISECOND)

/* How long a second signal waits, so that the death of the supervisor can be told from somebody in a hurry. */
#define DEATH_SETTLES_MS 50

struct _PulsarWorkerProcess
{
  PulsarHello *hello;           /* (owned) */
  gulong log_level_id;          /* while it lives */
  int log_fd;                   /* (owned) -1 if the standard error is good for that */
  int mailbox_fd;               /* until there is a channel: what comes before waits in it */
  PulsarChannel *channel;       /* (owned) (nullable) from the first word to the supervisor until it is left */
  PulsarDirectory *directory;   /* (owned) */
  PulsarActorProxy *upstream;   /* (owned) (nullable) the supervisor, with the channel */
  PulsarActor *actor;           /* (owned) (nullable) once taken */
  GObject *owner;               /* (owned) (nullable) the application */
  const PulsarOwnerFuncs *funcs;
  GMainLoop *loop;              /* (owned) (nullable) while it lives */
  GSource *heartbeat;           /* (owned) (nullable) while it runs */
  PulsarSignals *signals;       /* (owned) (nullable) while it lives */
  PulsarSequence *sequence;     /* while hooks run */
  PulsarRequestCount *count;    /* (owned) (nullable) in a worker of an application, while it lives */
  gint64 deadline_us;           /* of the end, else 0 */
  guint n_signals;              /* that asked for the end */
  GSource *second_signal;       /* (owned) (nullable) while the second of them waits */
  gboolean started;             /* its start hooks ended well, so its stop hooks will run */
  int status;
};

static PulsarWorkerProcess *worker_process;  /* (owned) (nullable) the one of this process */

static void begin_end (PulsarWorkerProcess *self,
                       gint64               budget_us);

static void
request_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  PulsarWorkerProcess *self = user_data;

  pulsar_directory_receive (self->directory, channel, NULL, frame);
}

static void
control_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  PulsarWorkerProcess *self = user_data;

  if (frame->kind == PULSAR_FRAME_REOPEN)
    pulsar_log_take_files (frame->fds);
  if (frame->kind != PULSAR_FRAME_STOP || frame->body == NULL
      || !g_variant_is_of_type (frame->body, G_VARIANT_TYPE_UINT32))
    return;
  begin_end (self, g_variant_get_uint32 (frame->body) * G_TIME_SPAN_MILLISECOND);
}

/* The supervisor is gone. What is still to be done has to be done at once: the lifeline ends the process by then. */
static void
closed_cb (PulsarChannel *channel,
           const GError  *error,
           gpointer       user_data)
{
  PulsarWorkerProcess *self = user_data;

  if (error != NULL)
    pulsar_log (PULSAR_LOG_ERROR, "%s", error->message);
  begin_end (self, self->hello->orphan_timeout_ms * G_TIME_SPAN_MILLISECOND);
}

static void
late_cb (PulsarChannel *channel,
         gpointer       user_data)
{
  PulsarWorkerProcess *self = user_data;

  pulsar_directory_count_late (self->directory);
}

static const PulsarChannelHandler channel_handler = {
  .request = request_cb,
  .control = control_cb,
  .closed = closed_cb,
  .late = late_cb,
};

static void
send_control (PulsarWorkerProcess *self,
              PulsarFrameKind      kind,
              GVariant            *body)
{
  g_autoptr(GVariant) hold G_GNUC_UNUSED = body == NULL ? NULL : g_variant_ref_sink (body);

  /* A supervisor that is gone needs to be told nothing. */
  pulsar_channel_send_control (self->channel, kind, body, NULL);
}

static gboolean
heartbeat_cb (gpointer user_data)
{
  PulsarWorkerProcess *self = user_data;

  send_control (self, PULSAR_FRAME_HEARTBEAT, g_variant_new_int64 (g_get_monotonic_time ()));
  return G_SOURCE_CONTINUE;
}

static void
start_heartbeat (PulsarWorkerProcess *self)
{
  self->heartbeat = g_timeout_source_new (self->hello->heartbeat_ms);
  g_source_set_static_name (self->heartbeat, "[pulsar] heartbeat");
  g_source_set_callback (self->heartbeat, heartbeat_cb, self, NULL);
  g_source_attach (self->heartbeat, NULL);
}

static void
stop_heartbeat (PulsarWorkerProcess *self)
{
  if (self->heartbeat != NULL)
    g_source_destroy (self->heartbeat);
  g_clear_pointer (&self->heartbeat, g_source_unref);
}

static void
end_sequence_done_cb (gpointer      owner,
                      const GError *error)
{
  PulsarWorkerProcess *self = worker_process;

  self->sequence = NULL;
  pulsar_actor_set_state (self->actor, PULSAR_STATE_CLOSED);
  g_main_loop_quit (self->loop);
}

static void
worker_drain_step (gpointer    owner,
                   PulsarHook *hook)
{
  if (worker_process->funcs != NULL)
    worker_process->funcs->worker_drain (worker_process->owner, PULSAR_ACTOR (owner), hook);
}

static void
worker_stopping_step (gpointer    owner,
                      PulsarHook *hook)
{
  if (worker_process->funcs != NULL)
    worker_process->funcs->worker_stopping (worker_process->owner, PULSAR_ACTOR (owner), hook);
}

static void
stopping_step (gpointer    owner,
               PulsarHook *hook)
{
  g_signal_emit_by_name (owner, "stopping", hook);
}

static void
run_end (PulsarWorkerProcess *self)
{
  if (!self->started)
    {
      end_sequence_done_cb (self->actor, NULL);
      return;
    }

  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_STOP, G_OBJECT (self->actor), end_sequence_done_cb);
  pulsar_sequence_add_bounded (self->sequence, "worker-drain", worker_drain_step);
  pulsar_sequence_add (self->sequence, "worker-stopping", worker_stopping_step);
  pulsar_sequence_add (self->sequence, "stopping", stopping_step);
  pulsar_sequence_run (self->sequence, 0, self->deadline_us);
}

/* Called for whatever asks for the end: the supervisor, a signal, the actor itself, the death of the supervisor. Each of them
 * can only bring the end nearer. */
static void
begin_end (PulsarWorkerProcess *self,
           gint64               budget_us)
{
  gint64 deadline_us = g_get_monotonic_time () + budget_us;

  if (self->deadline_us != 0)
    {
      self->deadline_us = MIN (self->deadline_us, deadline_us);
      if (budget_us == 0 && self->sequence != NULL)
        pulsar_sequence_hurry (self->sequence);
      return;
    }

  self->deadline_us = deadline_us;
  stop_heartbeat (self);
  send_control (self, PULSAR_FRAME_DRAINING, NULL);
  pulsar_actor_set_state (self->actor, PULSAR_STATE_STOPPING);

  /* A start hook that is still held ends the start with an error, which goes on to the end. */
  if (self->sequence != NULL)
    pulsar_sequence_hurry (self->sequence);
  else
    run_end (self);
}

static void
start_sequence_done_cb (gpointer      owner,
                        const GError *error)
{
  PulsarWorkerProcess *self = worker_process;

  self->sequence = NULL;
  if (self->deadline_us != 0)
    {
      run_end (self);
      return;
    }
  if (error != NULL)
    {
      self->status = pulsar_worker_process_fail (self, error);
      pulsar_actor_set_state (self->actor, PULSAR_STATE_TERMINATED);
      g_main_loop_quit (self->loop);
      return;
    }

  self->started = TRUE;
  pulsar_actor_set_state (self->actor, PULSAR_STATE_RUNNING);
  if (self->deadline_us != 0)
    return;

  send_control (self, PULSAR_FRAME_READY, NULL);
  start_heartbeat (self);
  if (self->count != NULL)
    pulsar_request_count_open (self->count);
  pulsar_actor_hold_requests (self->actor, FALSE);
}

static void
starting_step (gpointer    owner,
               PulsarHook *hook)
{
  g_signal_emit_by_name (owner, "starting", hook);
}

static void
worker_start_step (gpointer    owner,
                   PulsarHook *hook)
{
  if (worker_process->funcs != NULL)
    worker_process->funcs->worker_start (worker_process->owner, PULSAR_ACTOR (owner), hook);
}

static void
worker_begin_step (gpointer    owner,
                   PulsarHook *hook)
{
  if (worker_process->funcs != NULL)
    worker_process->funcs->worker_begin (worker_process->owner, PULSAR_ACTOR (owner), hook);
}

static gint64
get_graceful_us (PulsarWorkerProcess *self)
{
  return pulsar_config_get_duration (pulsar_actor_get_config (self->actor), "graceful-timeout");
}

static gboolean
is_orphan (PulsarWorkerProcess *self)
{
  struct pollfd mailbox = { .fd = pulsar_mailbox_get_fd (pulsar_channel_get_mailbox (self->channel)) };

  return mailbox.fd < 0 || (poll (&mailbox, 1, 0) > 0 && (mailbox.revents & (POLLHUP | POLLERR)) != 0);
}

static gboolean
second_signal_cb (gpointer user_data)
{
  PulsarWorkerProcess *self = user_data;

  begin_end (self, is_orphan (self) ? self->hello->orphan_timeout_ms * G_TIME_SPAN_MILLISECOND : 0);
  g_clear_pointer (&self->second_signal, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* The second signal is the one in a hurry: the first may come along with a stop frame, or with the death of the supervisor. That death
 * may send several, since the kernel hands the process on from one dying thread to the next, and the mailbox hangs up with the last of
 * them; so a moment passes before it is looked at who is in a hurry. */
static void
signal_cb (int      signum,
           guint    at_ms,
           gpointer user_data)
{
  PulsarWorkerProcess *self = user_data;

  if (signum == SIGUSR1)
    pulsar_log_take_files (NULL);
  else if (++self->n_signals > 1 && self->second_signal == NULL)
    {
      self->second_signal = g_timeout_source_new (DEATH_SETTLES_MS);
      g_source_set_static_name (self->second_signal, "[pulsar] second signal");
      g_source_set_callback (self->second_signal, second_signal_cb, self, NULL);
      g_source_attach (self->second_signal, NULL);
    }
  else if (self->deadline_us == 0)
    begin_end (self, get_graceful_us (self));
}

static void
stop_func (PulsarActor *actor,
           gpointer     user_data)
{
  begin_end (user_data, get_graceful_us (user_data));
}

static void
share_served_cb (gpointer user_data)
{
  send_control (user_data, PULSAR_FRAME_WORN, NULL);
}

static void
handled_cb (PulsarActor *actor,
            gpointer     user_data)
{
  pulsar_worker_process_count_request ();
}

/* A server counts what it serves; what a plain application serves are the commands it is sent. */
static void
begin_count (PulsarWorkerProcess *self)
{
  self->count = pulsar_request_count_new (pulsar_actor_get_config (self->actor), share_served_cb, self);
  if (!self->funcs->counts_requests (self->owner))
    pulsar_actor_set_handled_func (self->actor, handled_cb, NULL);
}

void
pulsar_worker_process_count_request (void)
{
  if (worker_process != NULL && worker_process->count != NULL)
    pulsar_request_count_add (worker_process->count);
}

static void
query_info_cb (PulsarActor  *actor,
               GVariantDict *info,
               gpointer      user_data)
{
  PulsarWorkerProcess *self = user_data;

  self->funcs->worker_info (self->owner, actor, info);
}

static gboolean
read_hello (int           fd,
            PulsarHello **hello,
            GError      **error)
{
  g_auto(PulsarFrame) frame = { 0 };

  if (!pulsar_mailbox_read_hello (fd, g_get_monotonic_time () + HELLO_TIMEOUT_US, &frame, error))
    return FALSE;
  if (frame.kind != PULSAR_FRAME_HELLO)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                           _("The first message of the supervisor does not say who this worker is"));
      return FALSE;
    }
  *hello = pulsar_hello_decode (frame.body, error);
  return *hello != NULL;
}

static void
set_title (const PulsarHello *hello)
{
  g_autofree char *role = g_strconcat (hello->application != NULL ? "worker " : "actor ", hello->name, NULL);

  pulsar_process_title_set (*hello->title != '\0' ? hello->title : hello->log_name, role, hello->name);
}

/* Which of its descriptors it has for its log, if what it prints goes elsewhere. */
static int
find_log_fd (const PulsarHello *hello)
{
  for (guint i = 0; hello->fd_names != NULL && hello->fd_names[i] != NULL; i++)
    {
      if (g_str_equal (hello->fd_names[i], PULSAR_HELLO_LOG_FD))
        return (int) i;
    }
  return -1;
}

/* A place that cannot be written to loses lines, and the supervisor said so already: work goes on. */
static void
begin_log (PulsarWorkerProcess *self)
{
  const PulsarHello *hello = self->hello;
  int log_fd = find_log_fd (hello);
  PulsarLogOptions options = {
    .program = hello->log_name,
    .application = hello->application,
    .actor = hello->name,
    .id = hello->id,
    .exc_id = hello->exc_id,
    .levels = (const char * const *) hello->log_levels,
    .handlers = (const char * const *) hello->log_handlers,
    .debug = hello->debug,
  };

  self->log_fd = log_fd < 0 ? -1 : pulsar_identity_steal_fd ((guint) log_fd);
  options.console_fd = self->log_fd;
  pulsar_log_begin (&options, NULL);
}

/* Not before this process knows what to do with what comes: code of the program may run the main loop until then. */
static void
open_channel (PulsarWorkerProcess *self)
{
  PulsarMailboxLimits limits = {
    .messages = self->hello->mailbox_messages,
    .bytes = self->hello->mailbox_bytes,
    .message_size = self->hello->message_size_max,
  };

  if (self->channel != NULL)
    return;

  pulsar_identity_set_claimed (TRUE);
  self->channel = pulsar_channel_new (self->mailbox_fd, &limits, &channel_handler, self);
  pulsar_mailbox_set_spin (pulsar_channel_get_mailbox (self->channel), self->hello->mailbox_spin_us);
  self->upstream = pulsar_actor_proxy_new_for_channel (self->hello->supervisor, self->hello->supervisor, self->channel, NULL);
  pulsar_directory_set_upstream (self->directory, self->upstream);
}

/* Becomes the process the settings say, before any code of the program learns what this worker is for. One that could not has rights
 * it should not have: it ends here, and does not go back into the program, which might ignore an error. */
static void
become (PulsarWorkerProcess *self)
{
  g_autoptr(GError) error = NULL;

  if (!pulsar_process_attributes_apply (self->hello->attributes, &error))
    _exit (pulsar_worker_process_fail (self, error));
  if (!pulsar_identity_renew (self->mailbox_fd))
    _exit (PULSAR_EXIT_INTERNAL);  /* the arbiter died while no signal would have told us */
}

static PulsarWorkerProcess *
claim (GError **error)
{
  PulsarWorkerProcess *self;
  PulsarHello *hello = NULL;
  int fd = pulsar_identity_steal_mailbox ();

  if (fd < 0)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_BOOTSTRAP,
                           _("This process was made to be a worker and could not become one"));
      return NULL;
    }
  pulsar_mailbox_write_hello (fd);
  if (!read_hello (fd, &hello, error))
    {
      close (fd);
      return NULL;
    }

  /* Until the program runs what is wanted it may still end without it. */
  pulsar_identity_set_claimed (FALSE);
  self = g_new0 (PulsarWorkerProcess, 1);
  self->hello = hello;
  self->mailbox_fd = fd;
  self->directory = pulsar_directory_new ();
  set_title (hello);  /* while there is one thread only */
  if (find_log_fd (hello) >= 0)
    pulsar_lifeline_hold_output ();  /* pipes of the user of the arbiter, like the files that only he may open */
  begin_log (self);
  become (self);
  pulsar_lifeline_start (fd, hello->orphan_timeout_ms);  /* after that, so that its death signal and its rights are the new ones */
  return self;
}

PulsarWorkerProcess *
pulsar_worker_process_get (GError **error)
{
  if (worker_process == NULL && pulsar_identity_is_worker ())
    worker_process = claim (error);
  return worker_process;
}

const PulsarHello *
pulsar_worker_process_get_hello (PulsarWorkerProcess *self)
{
  return self->hello;
}

gboolean
pulsar_worker_process_is_taken (PulsarWorkerProcess *self)
{
  return self->actor != NULL;
}

static void
give_fds (PulsarWorkerProcess *self)
{
  for (guint i = 0; self->hello->fd_names != NULL && self->hello->fd_names[i] != NULL; i++)
    {
      int fd = pulsar_identity_steal_fd (i);

      if (fd >= 0)
        pulsar_actor_take_fd (self->actor, self->hello->fd_names[i], fd);
    }
}

/* After this nothing of the process is bound to its supervisor, and the program may go on to its own end. */
static void
leave (PulsarWorkerProcess *self)
{
  g_signal_handlers_disconnect_by_data (self->actor, self);
  pulsar_actor_set_stop_func (self->actor, NULL, NULL);
  pulsar_actor_set_handled_func (self->actor, NULL, NULL);
  g_clear_pointer (&self->count, pulsar_request_count_free);
  stop_heartbeat (self);
  if (self->second_signal != NULL)
    g_source_destroy (self->second_signal);
  g_clear_pointer (&self->second_signal, g_source_unref);
  pulsar_lifeline_stop ();
  pulsar_directory_remove_actor (self->directory, self->actor);
  pulsar_directory_set_upstream (self->directory, NULL);
  pulsar_channel_close (self->channel);
  g_clear_pointer (&self->channel, pulsar_channel_unref);
  g_clear_pointer (&self->signals, pulsar_signals_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_object (&self->owner);
  if (self->log_level_id != 0)
    g_signal_handler_disconnect (pulsar_actor_get_config (self->actor), self->log_level_id);
  self->log_level_id = 0;
  pulsar_log_end ();
  if (self->log_fd >= 0)
    close (self->log_fd);
  self->log_fd = -1;
  pulsar_process_title_restore ();
}

/* Who still waited for an answer learns that there will be none: a callback that is never called keeps what it has, and GJS falls
 * over it at its end. */
void
pulsar_worker_process_run_down (void)
{
  gint64 deadline_us = g_get_monotonic_time () + RUN_DOWN_US;

  while (g_main_context_iteration (NULL, FALSE) && g_get_monotonic_time () < deadline_us)
    {
    }
}

static void
run_start (PulsarWorkerProcess *self)
{
  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_START, G_OBJECT (self->actor), start_sequence_done_cb);
  pulsar_sequence_add (self->sequence, "starting", starting_step);
  pulsar_sequence_add (self->sequence, "worker-start", worker_start_step);
  pulsar_sequence_add (self->sequence, "worker-begin", worker_begin_step);
  pulsar_sequence_run (self->sequence, self->hello->start_timeout_ms, 0);
}

static void
log_level_changed_cb (PulsarConfig  *config,
                      PulsarSetting *setting,
                      gpointer       user_data)
{
  g_auto(GStrv) levels = pulsar_config_dup_strv (config, "log-level");

  pulsar_log_set_levels ((const char * const *) levels, pulsar_config_get_boolean (config, "debug"));
}

/* What the supervisor alone obeys would do nothing here, while it looked as if it did. The supervisor tells its own changes by the
 * operation “follow”, so that a worker shows what holds for it. */
static gboolean
guard_worker (GObject        *owner,
              PulsarSetting  *setting,
              GVariant       *value,
              GError        **error)
{
  static const char *const of_supervisor[] = {
    "healthy-after", "max-lifetime", "max-restarts", "max-rss", "restart-delay", "restart-delay-max", "restart-window", "start-timeout", "timeout", "workers", NULL,
  };
  const char *name = pulsar_setting_get_name (setting);

  if (!g_strv_contains (of_supervisor, name))
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
               _("Setting “%s” is obeyed by the supervisor of “%s”, and does nothing in it; set it there"),
               name, pulsar_actor_get_name (PULSAR_ACTOR (owner)));
  return FALSE;
}

int
pulsar_worker_process_run (PulsarWorkerProcess    *self,
                           PulsarActor            *actor,
                           PulsarConfig           *config,
                           GObject                *owner,
                           const PulsarOwnerFuncs *funcs)
{
  static const int signums[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1, 0 };
  g_autoptr(GError) error = NULL;

  g_assert (!pulsar_worker_process_is_taken (self));
  self->actor = g_object_ref (actor);
  self->owner = owner == NULL ? NULL : g_object_ref (owner);
  self->funcs = funcs;
  open_channel (self);
  self->signals = pulsar_signals_new (signums, signal_cb, self, &error);
  if (self->signals == NULL)
    {
      int status = pulsar_worker_process_fail (self, error);

      leave (self);
      return status;
    }

  self->loop = g_main_loop_new (NULL, FALSE);
  pulsar_builtin_install ();
  pulsar_direct_channel_install ();
  pulsar_topic_install ();
  pulsar_watch_install ();
  pulsar_actor_set_config (actor, config);
  pulsar_config_set_guard (config, guard_worker, G_OBJECT (actor));
  self->log_level_id = g_signal_connect (config, "changed::log-level", G_CALLBACK (log_level_changed_cb), NULL);
  pulsar_actor_set_parameters (actor, self->hello->parameters);
  give_fds (self);
  pulsar_actor_set_stop_func (actor, stop_func, self);
  if (funcs != NULL)
    g_signal_connect (actor, "query-info", G_CALLBACK (query_info_cb), self);
  pulsar_directory_set_root (self->directory, actor);
  pulsar_actor_hold_requests (actor, TRUE);
  if (funcs != NULL)
    {
      begin_count (self);
      funcs->worker_made (owner, actor);
    }
  pulsar_actor_set_state (actor, PULSAR_STATE_STARTING);

  if (self->deadline_us == 0)
    run_start (self);

  if (pulsar_actor_get_state (actor) != PULSAR_STATE_CLOSED && pulsar_actor_get_state (actor) != PULSAR_STATE_TERMINATED)
    g_main_loop_run (self->loop);

  leave (self);
  pulsar_worker_process_run_down ();
  return self->status;
}

int
pulsar_worker_process_fail (PulsarWorkerProcess *self,
                            const GError        *error)
{
  open_channel (self);
  send_control (self, PULSAR_FRAME_FAILED, pulsar_error_to_variant (error));
  return (int) pulsar_error_get_exit_status (error);
}

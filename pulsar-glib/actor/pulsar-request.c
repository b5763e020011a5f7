/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-request-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/actor/pulsar-spare-object-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/**
 * PulsarRequest:
 *
 * One received command.
 *
 * The handler of the command gets it and answers by
 * [method@Pulsar.Request.return_value] or
 * [method@Pulsar.Request.return_error], at once or later: it then keeps a
 * reference. A request that is dropped without an answer is answered with an
 * error that says so, hence no caller waits for ever.
 *
 * [method@Pulsar.Request.get_cancellable] tells when nobody waits for the answer
 * any more.
 *
 * Since: 0.1
 */
struct _PulsarRequest
{
  GObject parent_instance;
  PulsarActor *actor;          /* (owned) (not nullable) */
  PulsarCommand *command;      /* (owned) (nullable) once looked up */
  char *command_name;          /* (owned) (nullable) set while command is not */
  GVariant *arguments;         /* (owned) (not nullable) */
  GUnixFDList *fds;            /* (owned) (nullable) */
  PulsarActorProxy *caller;    /* (owned) (nullable) until get_caller (): for a request with a sender, who relayed it */
  char *sender;                /* (owned) (nullable) unique name of who sent a relayed request */
  GCancellable *cancellable;   /* (owned) (nullable) made when asked for */

  /* Where the answer goes: over a channel … */
  PulsarChannel *channel;      /* (owned) (nullable) */
  guint64 id;

  /* … or to an actor of this process. */
  PulsarActor *from;           /* (owned) (nullable) */
  PulsarDirectory *directory;  /* (owned) (nullable) counts it */
  GTask *task;                 /* (owned) (nullable) until the ask ended */
  GSource *timeout;            /* (owned) (nullable) */
  GSource *cancelled;          /* (owned) (nullable) */
  guint timeout_ms;

  PulsarRelation relation;
  enum
  {
    FLAG_POST = 1 << 0,
    FLAG_ANSWERED = 1 << 1,    /* by the handler, or for it */
    FLAG_GIVEN_UP = 1 << 2,    /* a local ask that timed out or was cancelled: the answer will be late */
  } flags;
};

typedef struct
{
  GVariant *value;             /* (owned) */
  GUnixFDList *fds;            /* (owned) (nullable) */
} LocalAnswer;

G_DEFINE_FINAL_TYPE (PulsarRequest, pulsar_request, G_TYPE_OBJECT)

static void
local_answer_free (LocalAnswer *answer)
{
  g_variant_unref (answer->value);
  g_clear_object (&answer->fds);
  g_free (answer);
}

static const char *
get_command_name (PulsarRequest *self)
{
  return self->command != NULL ? self->command->name : self->command_name;
}

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    {
      g_source_destroy (*source);
      g_clear_pointer (source, g_source_unref);
    }
}

/* What both kinds of answer begin with. Returns whether there is anything to answer. */
static gboolean
begin_answer (PulsarRequest *self)
{
  if (self->flags & FLAG_ANSWERED)
    {
      g_warning ("Command “%s” was answered twice", get_command_name (self));
      return FALSE;
    }
  self->flags |= FLAG_ANSWERED;
  if (self->channel != NULL)
    return TRUE;

  clear_source (&self->timeout);
  clear_source (&self->cancelled);
  if (self->directory != NULL)
    {
      if (self->flags & FLAG_POST)
        pulsar_directory_local_post_done (self->directory);
      else if (self->flags & FLAG_GIVEN_UP)
        pulsar_directory_count_late (self->directory);
    }
  return self->task != NULL;
}

/* Answers with a value; @value may be floating. */
static void
answer_value (PulsarRequest *self,
              GVariant      *value,
              GUnixFDList   *fds)
{
  g_autoptr(GVariant) sunk = NULL;

  if (self->channel != NULL && (self->flags & (FLAG_POST | FLAG_ANSWERED)) == 0)
    {
      self->flags |= FLAG_ANSWERED;
      pulsar_channel_reply (self->channel, self->id, value, fds);
      return;
    }

  sunk = g_variant_ref_sink (value != NULL ? value : pulsar_request_get_unit ());
  if (!begin_answer (self))
    return;

  if (self->channel != NULL)
    pulsar_channel_done (self->channel, self->id);
  else if (self->flags & FLAG_POST)
    {
      g_autoptr(GTask) task = g_steal_pointer (&self->task);

      g_task_return_boolean (task, TRUE);
    }
  else
    {
      g_autoptr(GTask) task = g_steal_pointer (&self->task);
      LocalAnswer *answer = g_new (LocalAnswer, 1);

      answer->value = g_steal_pointer (&sunk);
      answer->fds = fds != NULL ? g_object_ref (fds) : NULL;
      g_task_return_pointer (task, answer, (GDestroyNotify) local_answer_free);
    }
}

/* Answers with an error, which is taken. */
static void
answer_error (PulsarRequest *self,
              GError        *error)
{
  g_autoptr(GError) owned = error;

  if (self->flags & FLAG_POST)
    g_info ("Command “%s”, sent one-way, failed: %s", get_command_name (self), error->message);
  if (!begin_answer (self))
    return;

  if (self->channel != NULL)
    {
      if (self->flags & FLAG_POST)
        pulsar_channel_done (self->channel, self->id);
      else
        pulsar_channel_reply_error (self->channel, self->id, error);
    }
  else if (self->flags & FLAG_POST)
    {
      g_autoptr(GTask) task = g_steal_pointer (&self->task);

      g_task_return_boolean (task, TRUE);
    }
  else
    {
      g_autoptr(GTask) task = g_steal_pointer (&self->task);

      g_task_return_error (task, g_steal_pointer (&owned));
    }
}

static void
pulsar_request_dispose (GObject *object)
{
  PulsarRequest *self = PULSAR_REQUEST (object);

  if (!(self->flags & FLAG_ANSWERED) && self->actor != NULL)
    {
      if (self->flags & FLAG_POST)
        answer_value (self, NULL, NULL);
      else
        answer_error (self, g_error_new (PULSAR_ERROR, PULSAR_ERROR_FAILED,
                                         _("The handler of command “%s” dropped the request without an answer"),
                                         get_command_name (self)));
    }

  G_OBJECT_CLASS (pulsar_request_parent_class)->dispose (object);
}

static void
clear_fields (PulsarRequest *self)
{
  g_assert (self->task == NULL);
  clear_source (&self->timeout);
  clear_source (&self->cancelled);
  g_clear_pointer (&self->command, pulsar_command_unref);
  g_clear_pointer (&self->command_name, g_free);
  g_clear_pointer (&self->arguments, g_variant_unref);
  g_clear_object (&self->fds);
  g_clear_object (&self->caller);
  g_clear_pointer (&self->sender, g_free);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->channel, pulsar_channel_unref);
  g_clear_object (&self->from);
  g_clear_object (&self->directory);
  g_clear_object (&self->actor);
}

static void
pulsar_request_finalize (GObject *object)
{
  clear_fields (PULSAR_REQUEST (object));

  G_OBJECT_CLASS (pulsar_request_parent_class)->finalize (object);
}

static void
pulsar_request_class_init (PulsarRequestClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pulsar_request_dispose;
  object_class->finalize = pulsar_request_finalize;
}

static void
pulsar_request_init (PulsarRequest *self)
{
}

static GPrivate spare_key = G_PRIVATE_INIT (g_object_unref);

static PulsarRequest *
request_new (PulsarActor    *actor,
             const char     *command,
             GVariant       *arguments,
             GUnixFDList    *fds,
             PulsarRelation  relation)
{
  PulsarRequest *self = g_private_get (&spare_key);

  if (self != NULL)
    g_private_set (&spare_key, NULL);
  else
    self = g_object_new (PULSAR_TYPE_REQUEST, NULL);

  self->actor = g_object_ref (actor);
  self->command = pulsar_command_lookup (command);
  if (self->command != NULL)
    pulsar_command_ref (self->command);
  else
    self->command_name = g_strdup (command);
  self->arguments = g_variant_ref_sink (arguments != NULL ? arguments : pulsar_request_get_unit ());
  self->fds = fds != NULL ? g_object_ref (fds) : NULL;
  self->relation = relation;
  return self;
}

void
pulsar_request_release (PulsarRequest *self)
{
  if (!(self->flags & FLAG_ANSWERED) || !pulsar_spare_object_can_be_used_again (self) || g_private_get (&spare_key) != NULL)
    {
      g_object_unref (self);
      return;
    }

  clear_fields (self);
  memset ((char *) self + sizeof (GObject), 0, sizeof *self - sizeof (GObject));
  g_private_set (&spare_key, self);
}

PulsarRequest *
pulsar_request_new_for_frame (PulsarActor       *actor,
                              PulsarChannel     *channel,
                              const PulsarFrame *frame,
                              PulsarRelation     relation,
                              PulsarActorProxy  *caller,
                              const char        *sender)
{
  PulsarRequest *self;

  g_assert (frame->kind == PULSAR_FRAME_REQUEST || frame->kind == PULSAR_FRAME_POST);

  self = request_new (actor, frame->command != NULL ? frame->command : "", frame->body, frame->fds, relation);
  self->channel = pulsar_channel_ref (channel);
  self->id = frame->id;
  self->caller = caller != NULL ? g_object_ref (caller) : NULL;
  self->sender = g_strdup (sender);
  if (frame->kind == PULSAR_FRAME_POST)
    self->flags |= FLAG_POST;
  return self;
}

/* Ends a local ask before its answer. @error is taken. */
static void
give_up (PulsarRequest *self,
         GError        *error)
{
  g_autoptr(PulsarRequest) hold G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  self->flags |= FLAG_GIVEN_UP;
  clear_source (&self->timeout);
  clear_source (&self->cancelled);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_task_return_error (task, error);
}

static gboolean
timeout_expired_cb (gpointer user_data)
{
  PulsarRequest *self = user_data;

  give_up (self, g_error_new (PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT,
                              _("Command “%s” was not answered within %u ms"), get_command_name (self), self->timeout_ms));
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  PulsarRequest *self = user_data;

  give_up (self, g_error_new (PULSAR_ERROR, PULSAR_ERROR_CANCELLED,
                              _("Command “%s” was cancelled by its caller"), get_command_name (self)));
  return G_SOURCE_REMOVE;
}

PulsarRequest *
pulsar_request_new_local (PulsarActor     *actor,
                          PulsarActor     *from,
                          PulsarDirectory *directory,
                          const char      *command,
                          GVariant        *arguments,
                          GUnixFDList     *fds,
                          gboolean         post,
                          guint            timeout_ms,
                          GTask           *task)
{
  PulsarRequest *self;
  GCancellable *cancellable;

  g_assert (post || task != NULL);

  /* Everybody in the process of the arbiter is trusted as the arbiter is. */
  self = request_new (actor, command, arguments, fds,
                      from == actor ? PULSAR_RELATION_SELF : PULSAR_RELATION_SUPERVISOR);
  self->from = from != NULL ? g_object_ref (from) : NULL;
  self->directory = g_object_ref (directory);
  self->task = task;
  if (post)
    {
      self->flags |= FLAG_POST;
      return self;
    }

  g_task_set_check_cancellable (task, FALSE);
  g_task_set_source_tag (task, pulsar_request_new_local);
  if (timeout_ms > 0)
    {
      self->timeout_ms = timeout_ms;
      self->timeout = g_timeout_source_new (timeout_ms);
      g_source_set_static_name (self->timeout, "[pulsar] ask timeout");
      g_source_set_callback (self->timeout, timeout_expired_cb, self, NULL);
      g_source_attach (self->timeout, g_task_get_context (task));
    }
  cancellable = g_task_get_cancellable (task);
  if (cancellable != NULL && g_cancellable_is_cancelled (cancellable))
    cancelled_cb (cancellable, self);
  else if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_static_name (self->cancelled, "[pulsar] ask cancelled");
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (cancelled_cb), self, NULL);
      g_source_attach (self->cancelled, g_task_get_context (task));
    }
  return self;
}

void
pulsar_request_set_sibling (PulsarRequest    *self,
                            PulsarActorProxy *sender)
{
  self->relation = PULSAR_RELATION_SIBLING;
  self->caller = g_object_ref (sender);
}

gboolean
pulsar_request_is_local_task (GTask *task)
{
  return g_task_get_source_tag (task) == pulsar_request_new_local;
}

GVariant *
pulsar_request_local_finish (GTask        *task,
                             GUnixFDList **fds,
                             GError      **error)
{
  LocalAnswer *answer = g_task_propagate_pointer (task, error);
  GVariant *value;

  if (fds != NULL)
    *fds = NULL;
  if (answer == NULL)
    return NULL;

  value = g_variant_ref (answer->value);
  if (fds != NULL)
    *fds = g_steal_pointer (&answer->fds);
  local_answer_free (answer);
  return value;
}

void
pulsar_request_execute (PulsarRequest *self)
{
  PulsarCommand *command = self->command;
  PulsarActor *previous;
  GError *error = NULL;

  /* The ask ended while the request waited: nobody wants its effects any more. */
  if (self->flags & FLAG_GIVEN_UP)
    {
      self->flags |= FLAG_ANSWERED;
      return;
    }
  /* While a request waits, commands come and go. */
  if (command == NULL || !command->registered)
    command = pulsar_command_lookup (get_command_name (self));
  if (command == NULL)
    {
      answer_error (self, g_error_new (PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_COMMAND,
                                       _("Actor “%s” has no command “%s”"),
                                       pulsar_actor_get_name (self->actor), get_command_name (self)));
      return;
    }
  if (self->command != command)
    {
      pulsar_command_ref (command);
      g_clear_pointer (&self->command, pulsar_command_unref);
      self->command = command;
      g_clear_pointer (&self->command_name, g_free);
    }
  if (!pulsar_command_check (command, self->relation, self->arguments, &error) ||
      !pulsar_command_check_handles (command, self->arguments, self->fds, &error))
    {
      answer_error (self, error);
      return;
    }

  if (!command->builtin)
    pulsar_actor_count_handled (self->actor);
  previous = pulsar_actor_push_current (self->actor);
  command->handler (self, command->user_data);
  pulsar_actor_pop_current (previous);
}

gboolean
pulsar_request_is_at_once (PulsarRequest *self)
{
  return self->command != NULL && self->command->at_once;
}

void
pulsar_request_take_error (PulsarRequest *self,
                           GError        *error)
{
  answer_error (self, error);
}

GVariant *
pulsar_request_get_unit (void)
{
  static GVariant *unit = NULL;

  if (g_once_init_enter (&unit))
    g_once_init_leave (&unit, g_variant_ref_sink (g_variant_new_tuple (NULL, 0)));
  return unit;
}

/**
 * pulsar_request_get_actor:
 * @self: a request
 *
 * Gets the actor that was asked.
 *
 * Returns: (transfer none): the actor
 *
 * Since: 0.1
 */
PulsarActor *
pulsar_request_get_actor (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), NULL);

  return self->actor;
}

/**
 * pulsar_request_get_command:
 * @self: a request
 *
 * Gets the name of the command.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
pulsar_request_get_command (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), NULL);

  return get_command_name (self);
}

/**
 * pulsar_request_get_arguments:
 * @self: a request
 *
 * Gets the arguments: a tuple of the type the command was registered with.
 *
 * Returns: (transfer none): the arguments
 *
 * Since: 0.1
 */
GVariant *
pulsar_request_get_arguments (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), NULL);

  return self->arguments;
}

/**
 * pulsar_request_get_fd_list:
 * @self: a request
 *
 * Gets the descriptors that came along.
 *
 * The arguments name them by their place in the list, as the type `h` does.
 *
 * Returns: (transfer none) (nullable): the descriptors, or `NULL` if there are
 *   none
 *
 * Since: 0.1
 */
GUnixFDList *
pulsar_request_get_fd_list (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), NULL);

  return self->fds;
}

/**
 * pulsar_request_get_caller:
 * @self: a request
 *
 * Gets the actor that asks.
 *
 * What the process of the arbiter asks of a worker comes from its supervisor.
 *
 * Returns: (transfer none) (nullable): the caller, or `NULL` if it is no actor
 *
 * Since: 0.1
 */
PulsarActorProxy *
pulsar_request_get_caller (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), NULL);

  if (self->sender != NULL)
    {
      g_autofree char *sender = g_steal_pointer (&self->sender);
      const char *dot = strrchr (sender, '.');
      g_autofree char *name = dot != NULL ? g_strndup (sender, (gsize) (dot - sender)) : g_strdup (sender);
      PulsarActorProxy *caller = pulsar_actor_proxy_new_for_channel (name, dot != NULL ? dot + 1 : sender,
                                                                     self->channel, sender);

      g_clear_object (&self->caller);
      self->caller = caller;
    }
  else if (self->caller == NULL && self->from != NULL)
    self->caller = pulsar_actor_proxy_new_for_actor (self->from);
  return self->caller;
}

/**
 * pulsar_request_get_relation:
 * @self: a request
 *
 * Gets what the caller is to the actor.
 *
 * Returns: the relation
 *
 * Since: 0.1
 */
PulsarRelation
pulsar_request_get_relation (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), PULSAR_RELATION_SIBLING);

  return self->relation;
}

/**
 * pulsar_request_get_cancellable:
 * @self: a request
 *
 * Gets what is cancelled when nobody waits for the answer any more.
 *
 * That is when the caller cancelled, ran out of time or died.
 *
 * Returns: (transfer none): the cancellable
 *
 * Since: 0.1
 */
GCancellable *
pulsar_request_get_cancellable (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), NULL);

  if (self->cancellable == NULL && self->channel != NULL && !(self->flags & FLAG_ANSWERED))
    {
      GCancellable *cancellable = pulsar_channel_get_cancellable (self->channel, self->id);

      /* A request that ended without us ended because its caller is gone. */
      if (cancellable != NULL)
        self->cancellable = g_object_ref (cancellable);
      else
        self->flags |= FLAG_GIVEN_UP;
    }
  if (self->cancellable == NULL)
    {
      self->cancellable = g_cancellable_new ();
      if (self->flags & FLAG_GIVEN_UP)
        g_cancellable_cancel (self->cancellable);
    }
  return self->cancellable;
}

/**
 * pulsar_request_is_post:
 * @self: a request
 *
 * Whether the message is one-way: the caller gets no answer.
 *
 * Answering is allowed all the same, and has no effect.
 *
 * Returns: whether no answer is sent
 *
 * Since: 0.1
 */
gboolean
pulsar_request_is_post (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), FALSE);

  return (self->flags & FLAG_POST) != 0;
}

/**
 * pulsar_request_is_answered:
 * @self: a request
 *
 * Whether an answer was given.
 *
 * Returns: whether there was one
 *
 * Since: 0.1
 */
gboolean
pulsar_request_is_answered (PulsarRequest *self)
{
  g_return_val_if_fail (PULSAR_IS_REQUEST (self), FALSE);

  return (self->flags & FLAG_ANSWERED) != 0;
}

/**
 * pulsar_request_return_value:
 * @self: a request
 * @value: (nullable): the answer, of any type; consumed if floating; `NULL` is
 *   the empty tuple
 *
 * Answers.
 *
 * An answer larger than the setting `message-size-max` reaches the caller as
 * `PULSAR_ERROR_MESSAGE_TOO_LARGE`. An answer to a caller that does not
 * wait any more is dropped. A second answer warns and does nothing.
 *
 * Since: 0.1
 */
void
pulsar_request_return_value (PulsarRequest *self,
                             GVariant      *value)
{
  g_return_if_fail (PULSAR_IS_REQUEST (self));

  answer_value (self, value, NULL);
}

/**
 * pulsar_request_return_value_with_fds:
 * @self: a request
 * @value: (nullable): the answer, of any type; consumed if floating; `NULL` is
 *   the empty tuple
 * @fds: (nullable): at most 16 descriptors
 *
 * Answers and passes open descriptors.
 *
 * See [method@Pulsar.Request.return_value].
 *
 * Since: 0.1
 */
void
pulsar_request_return_value_with_fds (PulsarRequest *self,
                                      GVariant      *value,
                                      GUnixFDList   *fds)
{
  g_return_if_fail (PULSAR_IS_REQUEST (self));
  g_return_if_fail (fds == NULL || G_IS_UNIX_FD_LIST (fds));

  answer_value (self, value, fds);
}

/**
 * pulsar_request_return_error:
 * @self: a request
 * @error: what went wrong
 *
 * Answers with an error.
 *
 * The caller gets it with domain, code and message. A domain that the process
 * of the caller does not know becomes `PULSAR_ERROR_REMOTE`.
 *
 * Since: 0.1
 */
void
pulsar_request_return_error (PulsarRequest *self,
                             const GError  *error)
{
  g_return_if_fail (PULSAR_IS_REQUEST (self));
  g_return_if_fail (error != NULL);

  answer_error (self, g_error_copy (error));
}

/**
 * pulsar_request_return_error_literal:
 * @self: a request
 * @message: what went wrong, for people
 *
 * Answers with `PULSAR_ERROR_FAILED`.
 *
 * Since: 0.1
 */
void
pulsar_request_return_error_literal (PulsarRequest *self,
                                     const char    *message)
{
  g_return_if_fail (PULSAR_IS_REQUEST (self));
  g_return_if_fail (message != NULL);

  answer_error (self, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_FAILED, message));
}

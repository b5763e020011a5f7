/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-directory-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-direct-channel-private.h"
#include "pulsar-glib/actor/pulsar-gather-private.h"
#include "pulsar-glib/actor/pulsar-request-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/* As many posts among the actors of one process as `mailbox-limit` allows between two processes by default. */
#define LOCAL_POSTS_MAX 1000

struct _PulsarDirectory
{
  GObject parent_instance;
  PulsarActor *root;              /* (nullable) owned by actors_by_id */
  PulsarActorProxy *upstream;     /* (owned) (nullable) NULL in the process of the arbiter */
  GHashTable *actors_by_id;       /* (element-type utf8 PulsarActor) (owned): keys are the actors' */
  GHashTable *actors_by_name;     /* (element-type utf8 PulsarActor) values owned by actors_by_id */
  GHashTable *groups;             /* (element-type utf8 PulsarGroup) (owned): keys are the names of the actors */
  GHashTable *proxies_by_id;      /* (element-type utf8 PulsarActorProxy) (owned): keys are the proxies' */
  GHashTable *proxies_by_name;    /* (element-type utf8 GPtrArray<PulsarActorProxy>) keys and values are owned, the proxies by proxies_by_id */
  GQueue local;                   /* (element-type PulsarRequest) (owned) for actors here, not yet delivered */
  GSource *local_source;          /* (owned) delivers what is in local */
  PulsarTopicBoard *topics;       /* (owned) who subscribed elsewhere */
  PulsarDirectTable *direct;      /* (nullable) of this object: the channels to other workers */
  PulsarDirectoryStats stats;
};

typedef enum
{
  SIGNAL_DEAD_LETTER,
} PulsarDirectorySignal;

static guint signals[SIGNAL_DEAD_LETTER + 1];

G_DEFINE_FINAL_TYPE (PulsarDirectory, pulsar_directory, G_TYPE_OBJECT)

static gboolean
deliver_local_cb (gpointer user_data)
{
  PulsarDirectory *self = user_data;
  g_autoptr(PulsarDirectory) hold G_GNUC_UNUSED = g_object_ref (self);

  g_source_set_ready_time (self->local_source, -1);
  /* What is sent meanwhile waits for the next turn, so that a pair of actors that ask each other lets the loop live. */
  for (guint n = self->local.length; n > 0; n--)
    {
      g_autoptr(PulsarRequest) request = g_queue_pop_head (&self->local);

      /* A handler that ran a main loop may have had it delivered already. */
      if (request == NULL)
        break;
      pulsar_actor_deliver (pulsar_request_get_actor (request), request);
    }
  if (self->local.length > 0 && self->local_source != NULL)  /* a handler may have ended it */
    g_source_set_ready_time (self->local_source, 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
local_source_dispatch (GSource     *source,
                       GSourceFunc  callback,
                       gpointer     user_data)
{
  return callback (user_data);
}

static GSourceFuncs local_source_funcs = { NULL, NULL, local_source_dispatch, NULL, NULL, NULL };

static void
pulsar_directory_dispose (GObject *object)
{
  PulsarDirectory *self = PULSAR_DIRECTORY (object);
  g_autoptr(GPtrArray) actors = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer actor;

  if (self->local_source != NULL)
    {
      g_source_destroy (self->local_source);
      g_clear_pointer (&self->local_source, g_source_unref);
    }

  /* First nobody is found any more: what waits fails below, and its callbacks may do anything, such as ask again. */
  if (self->root != NULL)
    pulsar_directory_set_root (self, NULL);
  g_hash_table_remove_all (self->actors_by_name);
  g_hash_table_iter_init (&iter, self->actors_by_id);
  while (g_hash_table_iter_next (&iter, NULL, &actor))
    {
      g_hash_table_iter_steal (&iter);
      g_ptr_array_add (actors, actor);
    }
  for (guint i = 0; i < actors->len; i++)
    pulsar_actor_set_directory (g_ptr_array_index (actors, i), NULL);

  while (self->local.length > 0)
    {
      g_autoptr(PulsarRequest) request = g_queue_pop_head (&self->local);

      pulsar_request_take_error (request, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING,
                                                               _("The program ends")));
    }
  if (self->direct != NULL)
    pulsar_direct_table_close (self->direct);
  g_hash_table_remove_all (self->groups);
  g_hash_table_remove_all (self->proxies_by_name);
  g_hash_table_remove_all (self->proxies_by_id);
  g_clear_object (&self->upstream);

  G_OBJECT_CLASS (pulsar_directory_parent_class)->dispose (object);
}

static void
pulsar_directory_finalize (GObject *object)
{
  PulsarDirectory *self = PULSAR_DIRECTORY (object);

  g_hash_table_unref (self->groups);
  g_hash_table_unref (self->actors_by_name);
  g_hash_table_unref (self->actors_by_id);
  g_hash_table_unref (self->proxies_by_name);
  g_hash_table_unref (self->proxies_by_id);
  pulsar_topic_board_free (self->topics);

  G_OBJECT_CLASS (pulsar_directory_parent_class)->finalize (object);
}

static void
pulsar_directory_class_init (PulsarDirectoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pulsar_directory_dispose;
  object_class->finalize = pulsar_directory_finalize;

  signals[SIGNAL_DEAD_LETTER] =
    g_signal_new ("dead-letter", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
pulsar_directory_init (PulsarDirectory *self)
{
  self->actors_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->actors_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) pulsar_group_free);
  self->proxies_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->proxies_by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  g_queue_init (&self->local);
  self->topics = pulsar_topic_board_new ();
  self->local_source = g_source_new (&local_source_funcs, sizeof (GSource));
  g_source_set_static_name (self->local_source, "[pulsar] local delivery");
  g_source_set_callback (self->local_source, deliver_local_cb, self, NULL);
  g_source_set_can_recurse (self->local_source, TRUE);
  g_source_attach (self->local_source, g_main_context_get_thread_default ());
}

PulsarDirectory *
pulsar_directory_new (void)
{
  return g_object_new (PULSAR_TYPE_DIRECTORY, NULL);
}

void
pulsar_directory_set_root (PulsarDirectory *self,
                           PulsarActor     *root)
{
  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (root == NULL || PULSAR_IS_ACTOR (root));

  if (self->root == root)
    return;
  pulsar_actor_replace_default (self->root, root);
  self->root = root;
  if (root != NULL && pulsar_actor_get_directory (root) != self)
    pulsar_directory_add_actor (self, root);
}

PulsarActor *
pulsar_directory_get_root (PulsarDirectory *self)
{
  g_assert (PULSAR_IS_DIRECTORY (self));

  return self->root;
}

void
pulsar_directory_set_upstream (PulsarDirectory  *self,
                               PulsarActorProxy *upstream)
{
  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (upstream == NULL || PULSAR_IS_ACTOR_PROXY (upstream));

  g_set_object (&self->upstream, upstream);
  if (upstream == NULL && self->direct != NULL)
    pulsar_direct_table_close (self->direct);
}

PulsarActorProxy *
pulsar_directory_get_upstream (PulsarDirectory *self)
{
  g_assert (PULSAR_IS_DIRECTORY (self));

  return self->upstream;
}

void
pulsar_directory_add_actor (PulsarDirectory *self,
                            PulsarActor     *actor)
{
  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (PULSAR_IS_ACTOR (actor));
  g_assert (pulsar_actor_get_directory (actor) == NULL);
  g_assert (!g_hash_table_contains (self->actors_by_id, pulsar_actor_get_id (actor)));

  g_hash_table_replace (self->actors_by_id, (char *) pulsar_actor_get_id (actor), g_object_ref (actor));
  if (!g_hash_table_contains (self->actors_by_name, pulsar_actor_get_name (actor)))
    g_hash_table_insert (self->actors_by_name, (char *) pulsar_actor_get_name (actor), actor);
  pulsar_actor_set_directory (actor, self);
}

void
pulsar_directory_remove_actor (PulsarDirectory *self,
                               PulsarActor     *actor)
{
  g_autoptr(PulsarActor) hold = NULL;

  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (PULSAR_IS_ACTOR (actor));

  if (g_hash_table_lookup (self->actors_by_id, pulsar_actor_get_id (actor)) != actor)
    return;
  hold = g_object_ref (actor);
  if (self->root == actor)
    pulsar_directory_set_root (self, NULL);
  if (g_hash_table_lookup (self->actors_by_name, pulsar_actor_get_name (actor)) == actor)
    {
      g_hash_table_remove (self->groups, pulsar_actor_get_name (actor));
      g_hash_table_remove (self->actors_by_name, pulsar_actor_get_name (actor));
    }
  g_hash_table_remove (self->actors_by_id, pulsar_actor_get_id (actor));
  pulsar_actor_set_directory (actor, NULL);
}

GPtrArray *
pulsar_directory_list_actors (PulsarDirectory *self)
{
  GPtrArray *actors = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer actor;

  g_hash_table_iter_init (&iter, self->actors_by_id);
  while (g_hash_table_iter_next (&iter, NULL, &actor))
    g_ptr_array_add (actors, g_object_ref (actor));
  return actors;
}

PulsarTopicBoard *
pulsar_directory_get_topics (PulsarDirectory *self)
{
  return self->topics;
}

void
pulsar_directory_set_group (PulsarDirectory *self,
                            PulsarActor     *actor,
                            PulsarGroupFunc  func)
{
  const char *name = pulsar_actor_get_name (actor);

  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (pulsar_actor_get_directory (actor) == self);

  if (g_hash_table_lookup (self->actors_by_name, name) == actor)
    g_hash_table_replace (self->groups, (char *) name, pulsar_group_new (actor, func));
}

/* The id in a unique name, if @unique_name begins with @name. */
static const char *
skip_name (const char *unique_name,
           const char *name)
{
  gsize length = strlen (name);

  return strncmp (unique_name, name, length) == 0 && unique_name[length] == '.' ? unique_name + length + 1 : NULL;
}

PulsarActor *
pulsar_directory_lookup_actor (PulsarDirectory *self,
                               const char      *name_or_id)
{
  PulsarActor *actor;
  const char *dot;

  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (name_or_id != NULL);

  actor = g_hash_table_lookup (self->actors_by_id, name_or_id);
  if (actor == NULL)
    actor = g_hash_table_lookup (self->actors_by_name, name_or_id);
  if (actor == NULL && (dot = strrchr (name_or_id, '.')) != NULL)
    {
      actor = g_hash_table_lookup (self->actors_by_id, dot + 1);
      if (actor != NULL && skip_name (name_or_id, pulsar_actor_get_name (actor)) != dot + 1)
        actor = NULL;
    }
  return actor;
}

void
pulsar_directory_name_proxy (PulsarDirectory  *self,
                             PulsarActorProxy *proxy)
{
  const char *name = pulsar_actor_proxy_get_name (proxy);
  GPtrArray *namesakes = g_hash_table_lookup (self->proxies_by_name, name);

  if (g_hash_table_lookup (self->proxies_by_id, pulsar_actor_proxy_get_id (proxy)) != proxy)
    return;
  if (namesakes == NULL)
    {
      namesakes = g_ptr_array_new ();
      g_hash_table_insert (self->proxies_by_name, g_strdup (name), namesakes);
    }
  if (!g_ptr_array_find (namesakes, proxy, NULL))
    g_ptr_array_add (namesakes, proxy);
}

void
pulsar_directory_unname_proxy (PulsarDirectory  *self,
                               PulsarActorProxy *proxy)
{
  GPtrArray *namesakes = g_hash_table_lookup (self->proxies_by_name, pulsar_actor_proxy_get_name (proxy));

  if (namesakes == NULL)
    return;
  g_ptr_array_remove_fast (namesakes, proxy);
  if (namesakes->len == 0)
    g_hash_table_remove (self->proxies_by_name, pulsar_actor_proxy_get_name (proxy));
}

void
pulsar_directory_add_proxy (PulsarDirectory  *self,
                            PulsarActorProxy *proxy)
{
  PulsarActorProxy *old;

  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (PULSAR_IS_ACTOR_PROXY (proxy));

  old = g_hash_table_lookup (self->proxies_by_id, pulsar_actor_proxy_get_id (proxy));
  if (old == proxy)
    return;
  if (old != NULL)
    pulsar_directory_remove_proxy (self, old);
  g_hash_table_replace (self->proxies_by_id, (char *) pulsar_actor_proxy_get_id (proxy), g_object_ref (proxy));
  pulsar_directory_name_proxy (self, proxy);
}

void
pulsar_directory_remove_proxy (PulsarDirectory  *self,
                               PulsarActorProxy *proxy)
{
  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (PULSAR_IS_ACTOR_PROXY (proxy));

  if (g_hash_table_lookup (self->proxies_by_id, pulsar_actor_proxy_get_id (proxy)) != proxy)
    return;
  pulsar_topic_board_remove (self->topics, proxy);
  pulsar_directory_unname_proxy (self, proxy);
  g_hash_table_remove (self->proxies_by_id, pulsar_actor_proxy_get_id (proxy));
}

PulsarActorProxy *
pulsar_directory_lookup_proxy (PulsarDirectory *self,
                               const char      *name_or_id)
{
  PulsarActorProxy *proxy;
  GPtrArray *namesakes;
  const char *dot;

  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (name_or_id != NULL);

  proxy = g_hash_table_lookup (self->proxies_by_id, name_or_id);
  if (proxy != NULL)
    return proxy;
  namesakes = g_hash_table_lookup (self->proxies_by_name, name_or_id);
  if (namesakes != NULL)
    return namesakes->len == 1 ? g_ptr_array_index (namesakes, 0) : NULL;
  dot = strrchr (name_or_id, '.');
  if (dot == NULL)
    return NULL;
  proxy = g_hash_table_lookup (self->proxies_by_id, dot + 1);
  return proxy != NULL && skip_name (name_or_id, pulsar_actor_proxy_get_name (proxy)) == dot + 1 ? proxy : NULL;
}

static gboolean
set_unknown_actor (const char  *target,
                   GError     **error)
{
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR, _("There is no actor “%s”"), target);
  return FALSE;
}

static gboolean
route_to_actor (PulsarRoute *route,
                PulsarActor *actor)
{
  *route = (PulsarRoute) { .actor = actor };
  return TRUE;
}

void
pulsar_directory_set_direct (PulsarDirectory   *self,
                             PulsarDirectTable *direct)
{
  self->direct = direct;
}

gboolean
pulsar_directory_find_direct (PulsarDirectory *self,
                              const char      *target,
                              PulsarRoute     *route)
{
  PulsarActorProxy *proxy = self->direct != NULL ? pulsar_direct_table_lookup (self->direct, target) : NULL;

  return proxy != NULL && pulsar_actor_proxy_get_route_to (proxy, NULL, route, NULL);
}

/* `<name>/<whom>`, where @name is that of an actor here that has a group. */
static gboolean
resolve_group (PulsarDirectory  *self,
               const char       *target,
               PulsarRoute      *route,
               GError          **error)
{
  const char *slash = strchr (target, '/');
  g_autofree char *name = slash != NULL ? g_strndup (target, (gsize) (slash - target)) : NULL;
  PulsarGroup *group = name != NULL ? g_hash_table_lookup (self->groups, name) : NULL;
  PulsarGroupChoice choice;
  const char *key;

  if (group == NULL)
    return set_unknown_actor (name != NULL ? name : target, error);
  if (!pulsar_group_parse (slash + 1, &choice, &key, error))
    return FALSE;
  if (choice != PULSAR_GROUP_ALL)
    return pulsar_group_choose (group, choice, key, route, error);
  *route = (PulsarRoute) { .group = group };
  return TRUE;
}

gboolean
pulsar_directory_resolve (PulsarDirectory   *self,
                          PulsarActor       *from,
                          PulsarActorProxy  *sender,
                          const char        *target,
                          PulsarRoute       *route,
                          GError           **error)
{
  PulsarActor *actor;
  PulsarActorProxy *proxy;

  g_assert (PULSAR_IS_DIRECTORY (self));
  g_assert (from == NULL || sender == NULL);

  if (self->upstream != NULL)
    {
      /* An application and its workers bear one name, by which the monitor is meant; so only ids are looked up here. */
      if (target != NULL)
        {
          const char *dot = strrchr (target, '.');

          actor = g_hash_table_lookup (self->actors_by_id, dot != NULL ? dot + 1 : target);
          if (actor != NULL && (dot == NULL || skip_name (target, pulsar_actor_get_name (actor)) == dot + 1))
            return route_to_actor (route, actor);
          if (pulsar_directory_find_direct (self, target, route))
            return TRUE;
        }
      return pulsar_actor_proxy_get_route_to (self->upstream, target, route, error);
    }

  if (target == NULL || g_str_equal (target, "monitor"))
    {
      actor = sender != NULL ? pulsar_actor_proxy_get_supervisor (sender) : NULL;
      if (actor == NULL && from != self->root)
        actor = self->root;
    }
  else if (g_str_equal (target, "arbiter"))
    actor = self->root;
  else
    actor = pulsar_directory_lookup_actor (self, target);
  if (actor != NULL)
    return route_to_actor (route, actor);

  proxy = target != NULL ? pulsar_directory_lookup_proxy (self, target) : NULL;
  if (proxy != NULL)
    return pulsar_actor_proxy_get_route_to (proxy, NULL, route, error);
  if (target != NULL && g_hash_table_contains (self->proxies_by_name, target))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR,
                   _("Several actors are called “%s”: name one by its id, or by “%s.” and its id"), target, target);
      return FALSE;
    }
  return resolve_group (self, target != NULL ? target : "monitor", route, error);
}

static void
count_dead_letter (PulsarDirectory *self,
                   const char      *target,
                   const char      *command,
                   const GError    *error)
{
  self->stats.n_dead_letters++;
  g_debug ("Command “%s” for “%s” is undeliverable: %s", command, target, error->message);
  g_signal_emit (self, signals[SIGNAL_DEAD_LETTER], 0, target, command, error);
}

static void
queue_local (PulsarDirectory *self,
             PulsarRequest   *request)  /* taken */
{
  g_queue_push_tail (&self->local, request);
  if (self->local.length == 1)
    g_source_set_ready_time (self->local_source, 0);
}

gboolean
pulsar_directory_check_arguments (const char  *command,
                                  GVariant    *arguments,
                                  GError     **error)
{
  if (arguments == NULL || g_variant_classify (arguments) == G_VARIANT_CLASS_TUPLE)
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
               _("The arguments of command “%s” are of type “%s”, which is no tuple"),
               command, g_variant_get_type_string (arguments));
  return FALSE;
}

void
pulsar_directory_send_here (PulsarDirectory         *self,
                            PulsarActor             *actor,
                            PulsarActor             *from,
                            PulsarActorProxy        *sender,
                            const PulsarChannelCall *call,
                            gboolean                 post,
                            GTask                   *task)
{
  PulsarRequest *request;

  if (post)
    self->stats.n_local_posts++;
  request = pulsar_request_new_local (actor, from, self, call->command, call->arguments, call->fds, post, call->timeout_ms, task);
  if (sender != NULL)
    pulsar_request_set_sibling (request, sender);
  queue_local (self, request);
}

static void
gathered_ask_cb (GVariant     *answers,
                 const GError *error,
                 gpointer      user_data)
{
  pulsar_ask_return (user_data, answers, NULL, error);
}

static void
gathered_post_cb (GVariant     *answers,
                  const GError *error,
                  gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;

  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

void
pulsar_directory_ask (PulsarDirectory   *self,
                      PulsarActor       *from,
                      const PulsarRoute *route,
                      const char        *command,
                      GVariant          *arguments,
                      GUnixFDList       *fds,
                      guint              timeout_ms,
                      gpointer           source,
                      GCancellable      *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer           user_data)
{
  if (route->group != NULL)
    {
      PulsarChannelCall call = {
        .command = command,
        .arguments = arguments,
        .fds = fds,
        .timeout_ms = timeout_ms,
        .cancellable = cancellable,
      };

      pulsar_gather_ask (self, route->group, from, NULL, &call, gathered_ask_cb,
                         pulsar_ask_new (source, callback, user_data));
    }
  else if (route->actor == NULL)
    pulsar_channel_ask (route->channel, route->route, command, arguments, fds, timeout_ms, source, cancellable, callback,
                        user_data);
  else
    queue_local (self, pulsar_request_new_local (route->actor, from, self, command, arguments, fds, FALSE, timeout_ms,
                                                 g_task_new (source, cancellable, callback, user_data)));
}

void
pulsar_directory_ask_failed (gpointer             source,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data,
                             GError              *error)
{
  g_autoptr(GError) owned = error;

  pulsar_ask_return (pulsar_ask_new (source, callback, user_data), NULL, NULL, owned);
}

gboolean
pulsar_directory_ask_is_valid (GAsyncResult *result,
                               gpointer      source)
{
  return pulsar_ask_is_valid (result, source) ||
         (g_task_is_valid (result, source) && pulsar_request_is_local_task (G_TASK (result)));
}

GVariant *
pulsar_directory_ask_finish (GAsyncResult *result,
                             GUnixFDList **fds,
                             GError      **error)
{
  if (PULSAR_IS_ASK (result))
    return pulsar_ask_finish (PULSAR_ASK (result), fds, error);
  return pulsar_request_local_finish (G_TASK (result), fds, error);
}

void
pulsar_directory_post (PulsarDirectory   *self,
                       PulsarActor       *from,
                       const PulsarRoute *route,
                       const char        *command,
                       GVariant          *arguments,
                       GUnixFDList       *fds,
                       GTask             *task)
{
  if (route->group != NULL)
    {
      PulsarChannelCall call = { .command = command, .arguments = arguments, .fds = fds };

      pulsar_gather_post (self, route->group, from, NULL, &call, gathered_post_cb, task);
      return;
    }
  if (route->actor == NULL)
    {
      pulsar_channel_post (route->channel, route->route, command, arguments, fds, 0, task);
      return;
    }
  self->stats.n_local_posts++;
  queue_local (self, pulsar_request_new_local (route->actor, from, self, command, arguments, fds, TRUE, 0, task));
}

gboolean
pulsar_directory_try_post (PulsarDirectory    *self,
                           PulsarActor        *from,
                           const PulsarRoute  *route,
                           const char         *command,
                           GVariant           *arguments,
                           GError            **error)
{
  if (route->group != NULL)
    {
      PulsarChannelCall call = { .command = command, .arguments = arguments };

      if (!pulsar_gather_has_credit (route->group, arguments != NULL ? g_variant_get_size (arguments) : 0))
        {
          g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK, _("The mailbox of one of them is full"));
          return FALSE;
        }
      pulsar_gather_post (self, route->group, from, NULL, &call, gathered_post_cb, NULL);
      return TRUE;
    }
  if (route->actor == NULL)
    {
      PulsarChannelCall call = { .route = route->route, .command = command, .arguments = arguments };

      return pulsar_channel_try_post (route->channel, &call, error);
    }
  if (self->stats.n_local_posts >= LOCAL_POSTS_MAX)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK,
                   _("%u messages wait for the actors of this process already"), self->stats.n_local_posts);
      return FALSE;
    }
  self->stats.n_local_posts++;
  queue_local (self, pulsar_request_new_local (route->actor, from, self, command, arguments, NULL, TRUE, 0, NULL));
  return TRUE;
}

typedef struct
{
  PulsarChannel *channel;  /* (owned) whom the answer goes to */
  guint64 id;
} Relay;

static void
relay_answered_cb (PulsarChannel *channel,
                   GVariant      *body,
                   GUnixFDList   *fds,
                   const GError  *error,
                   gpointer       user_data)
{
  Relay *relay = user_data;

  if (error != NULL)
    pulsar_channel_reply_error (relay->channel, relay->id, error);
  else
    pulsar_channel_reply (relay->channel, relay->id, body, fds);  /* gives a post its credit back */
  pulsar_channel_unref (relay->channel);
  g_free (relay);
}

/* Ends an incoming frame that could not be delivered. */
static void
refuse (PulsarDirectory   *self,
        PulsarChannel     *channel,
        const PulsarFrame *frame,
        const GError      *error)
{
  if (frame->kind == PULSAR_FRAME_POST)
    pulsar_channel_done (channel, frame->id);
  else
    pulsar_channel_reply_error (channel, frame->id, error);
  count_dead_letter (self, frame->route != NULL ? frame->route : "", frame->command != NULL ? frame->command : "", error);
}

static void
gathered_relay_cb (GVariant     *answers,
                   const GError *error,
                   gpointer      user_data)
{
  relay_answered_cb (NULL, answers, NULL, error, user_data);
}

/* Passes what @sender sent on to another worker, with the stamp of the arbiter. Each side has its own credit: the sender gets his back when the
 * receiver is done with it, and the deadline stays with the sender, who cancels. */
static void
relay_frame (PulsarDirectory   *self,
             PulsarChannel     *channel,
             PulsarActorProxy  *sender,
             const PulsarFrame *frame,
             const PulsarRoute *route)
{
  g_autofree char *unique_name = g_strconcat (pulsar_actor_proxy_get_name (sender), ".",
                                              pulsar_actor_proxy_get_id (sender), NULL);
  PulsarChannelCall call = {
    .route = route->route,
    .sender = unique_name,
    .command = frame->command,
    .arguments = frame->body,
    .fds = frame->fds,
    .flags = PULSAR_FRAME_SIBLING,
  };
  Relay *relay = g_new (Relay, 1);

  relay->channel = pulsar_channel_ref (channel);
  relay->id = frame->id;
  self->stats.n_relayed++;
  if (route->group != NULL)
    {
      call.cancellable = frame->kind == PULSAR_FRAME_REQUEST ? pulsar_channel_get_cancellable (channel, frame->id) : NULL;
      if (frame->kind == PULSAR_FRAME_POST)
        pulsar_gather_post (self, route->group, NULL, sender, &call, gathered_relay_cb, relay);
      else
        pulsar_gather_ask (self, route->group, NULL, sender, &call, gathered_relay_cb, relay);
      return;
    }
  if (frame->kind == PULSAR_FRAME_POST)
    {
      pulsar_channel_post_full (route->channel, &call, relay_answered_cb, relay);
    }
  else
    {
      call.cancellable = pulsar_channel_get_cancellable (channel, frame->id);
      pulsar_channel_ask_full (route->channel, &call, relay_answered_cb, relay);
    }
}

void
pulsar_directory_receive (PulsarDirectory   *self,
                          PulsarChannel     *channel,
                          PulsarActorProxy  *sender,
                          const PulsarFrame *frame)
{
  g_autoptr(GError) error = NULL;
  PulsarRequest *request;
  PulsarRoute route = { 0 };
  PulsarRelation relation = PULSAR_RELATION_SIBLING;
  PulsarActorProxy *caller = sender;
  const char *relayed_for = NULL;

  g_assert (PULSAR_IS_DIRECTORY (self));

  if (sender != NULL)
    {
      if (!pulsar_directory_resolve (self, NULL, sender, frame->route, &route, &error))
        {
          refuse (self, channel, frame, error);
          return;
        }
      if (route.actor == NULL)
        {
          relay_frame (self, channel, sender, frame, &route);
          return;
        }
    }
  else
    {
      caller = self->upstream;
      if (frame->flags & PULSAR_FRAME_SIBLING)
        relayed_for = frame->sender;
      else
        relation = PULSAR_RELATION_SUPERVISOR;
      route.actor = frame->route == NULL ? self->root : pulsar_directory_lookup_actor (self, frame->route);
      if (route.actor == NULL)
        {
          set_unknown_actor (frame->route != NULL ? frame->route : "", &error);
          refuse (self, channel, frame, error);
          return;
        }
    }

  request = pulsar_request_new_for_frame (route.actor, channel, frame, relation, caller, relayed_for);
  pulsar_actor_deliver (route.actor, request);
  pulsar_request_release (request);
}

void
pulsar_directory_count_late (PulsarDirectory *self)
{
  self->stats.n_late++;
}

void
pulsar_directory_local_post_done (PulsarDirectory *self)
{
  g_assert (self->stats.n_local_posts > 0);

  self->stats.n_local_posts--;
}

void
pulsar_directory_get_stats (PulsarDirectory      *self,
                            PulsarDirectoryStats *stats)
{
  g_assert (PULSAR_IS_DIRECTORY (self));

  *stats = self->stats;
  stats->n_actors = g_hash_table_size (self->actors_by_id);
  stats->n_proxies = g_hash_table_size (self->proxies_by_id);
}

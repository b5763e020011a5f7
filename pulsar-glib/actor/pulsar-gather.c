/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-gather-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

typedef struct
{
  PulsarGatherFunc func;
  gpointer user_data;
  GCancellable *cancellable;  /* (owned) (nullable) */
  GPtrArray *parts;           /* (owned) (element-type Part) in the order of the places */
  gboolean post;
  guint n_pending;
} Gather;

/* One member of it. */
typedef struct
{
  Gather *gather;
  char *name;
  GVariant *answer;           /* (owned) (nullable) */
  GVariant *error;            /* (owned) (nullable) "(sis)" */
} Part;

static void
part_free (gpointer data)
{
  Part *part = data;

  g_free (part->name);
  g_clear_pointer (&part->answer, g_variant_unref);
  g_clear_pointer (&part->error, g_variant_unref);
  g_free (part);
}

static GVariant *
make_answers (Gather *self)
{
  g_auto(GVariantBuilder) answers = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto(GVariantBuilder) errors = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{s(sis)}"));

  for (guint i = 0; i < self->parts->len; i++)
    {
      Part *part = g_ptr_array_index (self->parts, i);

      if (part->error != NULL)
        g_variant_builder_add (&errors, "{s@(sis)}", part->name, part->error);
      else
        g_variant_builder_add (&answers, "{sv}", part->name, part->answer);
    }
  return g_variant_new ("(@a{sv}@a{s(sis)})", g_variant_builder_end (&answers), g_variant_builder_end (&errors));
}

static void
finish (Gather *self)
{
  g_autoptr(GVariant) answers = NULL;
  g_autoptr(GError) error = NULL;

  if (--self->n_pending > 0)
    return;

  if (!self->post && self->cancellable != NULL && g_cancellable_is_cancelled (self->cancellable))
    error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("The request was withdrawn"));
  else if (!self->post)
    answers = g_variant_ref_sink (make_answers (self));
  self->func (answers, error, self->user_data);

  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->parts);
  g_free (self);
}

/* The answer of one, or its error. */
static void
take_part (Part         *part,
           GVariant     *body,
           const GError *error)
{
  if (error != NULL)
    part->error = g_variant_ref_sink (pulsar_error_to_variant (error));
  else
    part->answer = g_variant_ref_sink (body != NULL ? body : g_variant_new_tuple (NULL, 0));
  finish (part->gather);
}

static void
channel_answered_cb (PulsarChannel *channel,
                     GVariant      *body,
                     GUnixFDList   *fds,
                     const GError  *error,
                     gpointer       user_data)
{
  take_part (user_data, body, error);
}

static void
actor_answered_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) body = pulsar_directory_ask_finish (result, NULL, &error);

  take_part (user_data, body, error);
}

static void
send_to_all (PulsarDirectory         *directory,
             PulsarGroup             *group,
             PulsarActor             *from,
             PulsarActorProxy        *sender,
             const PulsarChannelCall *call,
             gboolean                 post,
             PulsarGatherFunc         func,
             gpointer                 user_data)
{
  g_autoptr(GArray) routes = g_array_new (FALSE, FALSE, sizeof (PulsarRoute));
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GVariant) arguments G_GNUC_UNUSED = call->arguments != NULL ? g_variant_ref_sink (call->arguments) : NULL;
  g_autofree char *sender_name = NULL;
  Gather *self = g_new0 (Gather, 1);

  self->func = func;
  self->user_data = user_data;
  self->post = post;
  self->cancellable = call->cancellable != NULL ? g_object_ref (call->cancellable) : NULL;
  self->parts = g_ptr_array_new_with_free_func (part_free);
  if (sender != NULL)
    sender_name = g_strconcat (pulsar_actor_proxy_get_name (sender), ".", pulsar_actor_proxy_get_id (sender), NULL);
  pulsar_group_list (group, routes, names);

  /* A send may run what waits for a channel that turns out to be closed: the channels are held, and one more is pending. */
  for (guint i = 0; i < routes->len; i++)
    {
      PulsarRoute *route = &g_array_index (routes, PulsarRoute, i);

      if (route->channel != NULL)
        pulsar_channel_ref (route->channel);
    }
  self->n_pending = routes->len + 1;
  for (guint i = 0; i < routes->len; i++)
    {
      PulsarRoute *route = &g_array_index (routes, PulsarRoute, i);
      PulsarChannelCall each = *call;
      Part *part = g_new0 (Part, 1);

      part->gather = self;
      part->name = g_strdup (g_ptr_array_index (names, i));
      g_ptr_array_add (self->parts, part);
      each.route = route->route;
      each.sender = sender_name;
      each.flags = sender != NULL ? PULSAR_FRAME_SIBLING : 0;
      if (route->channel == NULL)
        {
          pulsar_directory_send_here (directory, route->actor, from, sender, &each, post,
                                      post ? NULL : g_task_new (NULL, call->cancellable, actor_answered_cb, part));
          if (post)
            take_part (part, NULL, NULL);
        }
      else if (post)
        pulsar_channel_post_full (route->channel, &each, channel_answered_cb, part);
      else
        pulsar_channel_ask_full (route->channel, &each, channel_answered_cb, part);
    }
  for (guint i = 0; i < routes->len; i++)
    {
      PulsarRoute *route = &g_array_index (routes, PulsarRoute, i);

      if (route->channel != NULL)
        pulsar_channel_unref (route->channel);
    }
  finish (self);
}

void
pulsar_gather_ask (PulsarDirectory         *directory,
                   PulsarGroup             *group,
                   PulsarActor             *from,
                   PulsarActorProxy        *sender,
                   const PulsarChannelCall *call,
                   PulsarGatherFunc         func,
                   gpointer                 user_data)
{
  send_to_all (directory, group, from, sender, call, FALSE, func, user_data);
}

void
pulsar_gather_post (PulsarDirectory         *directory,
                    PulsarGroup             *group,
                    PulsarActor             *from,
                    PulsarActorProxy        *sender,
                    const PulsarChannelCall *call,
                    PulsarGatherFunc         func,
                    gpointer                 user_data)
{
  send_to_all (directory, group, from, sender, call, TRUE, func, user_data);
}

gboolean
pulsar_gather_has_credit (PulsarGroup *group,
                          gsize        body_size)
{
  g_autoptr(GArray) routes = g_array_new (FALSE, FALSE, sizeof (PulsarRoute));
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  pulsar_group_list (group, routes, names);
  for (guint i = 0; i < routes->len; i++)
    {
      PulsarRoute *route = &g_array_index (routes, PulsarRoute, i);

      if (route->channel != NULL && !pulsar_channel_has_credit (route->channel, body_size))
        return FALSE;
    }
  return TRUE;
}

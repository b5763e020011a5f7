/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-group-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

struct _PulsarGroup
{
  PulsarActor *actor;
  PulsarGroupFunc func;
  guint next;  /* the place to look at first: one after the other, and so that equals take turns */
};

PulsarGroup *
pulsar_group_new (PulsarActor     *actor,
                  PulsarGroupFunc  func)
{
  PulsarGroup *self = g_new0 (PulsarGroup, 1);

  self->actor = actor;
  self->func = func;
  return self;
}

void
pulsar_group_free (PulsarGroup *self)
{
  g_free (self);
}

gboolean
pulsar_group_parse (const char         *text,
                    PulsarGroupChoice  *choice,
                    const char        **key,
                    GError            **error)
{
  *key = NULL;
  if (g_str_equal (text, "any"))
    *choice = PULSAR_GROUP_ANY;
  else if (g_str_equal (text, "next"))
    *choice = PULSAR_GROUP_NEXT;
  else if (g_str_equal (text, "*"))
    *choice = PULSAR_GROUP_ALL;
  else if (g_str_has_prefix (text, "key:"))
    {
      *choice = PULSAR_GROUP_KEY;
      *key = text + strlen ("key:");
    }
  else
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR,
                   _("“%s” says nobody after “/”: “any”, “next”, “key:TEXT” and “*” do"), text);
      return FALSE;
    }
  return TRUE;
}

/* Jump consistent hash (Lamping and Veach, 2014): when places come or go at the end, few keys move. */
static guint
place_of_key (const char *key,
              guint       n_places)
{
  guint64 state = 14695981039346656037u;  /* FNV-1a of the key */
  gint64 place = -1;
  gint64 next = 0;

  for (const char *p = key; *p != '\0'; p++)
    state = (state ^ (guint8) *p) * 1099511628211u;
  while (next < n_places)
    {
      place = next;
      state = state * 2862933555777941757u + 1;
      next = (gint64) ((double) (place + 1) * ((double) (1u << 31) / (double) ((state >> 33) + 1)));
    }
  return (guint) place;
}

/* How much was sent to an actor that it has not done with, as far as this process knows. */
static guint
busyness (PulsarActorProxy *proxy)
{
  PulsarChannel *channel = pulsar_actor_proxy_get_channel (proxy);

  return channel != NULL ? pulsar_channel_get_load (channel) : 0;
}

/* The place to take: a ready one, the least busy of them if that matters, else one that is on its way to be ready. */
static int
find_place (PulsarGroup *self,
            GArray      *members,
            gboolean     least_busy)
{
  int found = -1;
  gboolean found_ready = FALSE;
  guint found_busyness = 0;

  for (guint i = 0; i < members->len; i++)
    {
      guint place = (self->next + i) % members->len;
      PulsarGroupMember *member = &g_array_index (members, PulsarGroupMember, place);
      guint busy = least_busy && member->proxy != NULL ? busyness (member->proxy) : 0;

      if (member->proxy == NULL || (found_ready && (!member->ready || busy >= found_busyness)))
        continue;
      if (found >= 0 && !member->ready)
        continue;
      found = (int) place;
      found_ready = member->ready;
      found_busyness = busy;
    }
  if (found >= 0)
    self->next = (guint) found + 1;
  return found;
}

gboolean
pulsar_group_choose (PulsarGroup        *self,
                     PulsarGroupChoice   choice,
                     const char         *key,
                     PulsarRoute        *route,
                     GError            **error)
{
  g_autoptr(GArray) members = g_array_new (FALSE, FALSE, sizeof (PulsarGroupMember));
  const char *name = pulsar_actor_get_name (self->actor);
  int place;

  g_assert (choice != PULSAR_GROUP_ALL);

  self->func (self->actor, members);
  if (members->len == 0)
    {
      *route = (PulsarRoute) { .actor = self->actor };
      return TRUE;
    }

  if (choice == PULSAR_GROUP_KEY)
    {
      place = (int) place_of_key (key, members->len);
      if (g_array_index (members, PulsarGroupMember, place).proxy == NULL)
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING,
                       _("Worker %d of “%s”, which has the key “%s”, is not running now"), place + 1, name, key);
          return FALSE;
        }
    }
  else
    {
      place = find_place (self, members, choice == PULSAR_GROUP_ANY);
      if (place < 0)
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("No worker of “%s” is running now"), name);
          return FALSE;
        }
    }
  return pulsar_actor_proxy_get_route_to (g_array_index (members, PulsarGroupMember, place).proxy, NULL, route, error);
}

void
pulsar_group_list (PulsarGroup *self,
                   GArray      *routes,
                   GPtrArray   *names)
{
  g_autoptr(GArray) members = g_array_new (FALSE, FALSE, sizeof (PulsarGroupMember));

  self->func (self->actor, members);
  if (members->len == 0)
    {
      PulsarRoute route = { .actor = self->actor };

      g_array_append_val (routes, route);
      g_ptr_array_add (names, g_strconcat (pulsar_actor_get_name (self->actor), ".", pulsar_actor_get_id (self->actor), NULL));
    }
  for (guint i = 0; i < members->len; i++)
    {
      PulsarGroupMember *member = &g_array_index (members, PulsarGroupMember, i);
      PulsarRoute route;

      if (member->proxy == NULL || !member->ready || !pulsar_actor_proxy_get_route_to (member->proxy, NULL, &route, NULL))
        continue;
      g_array_append_val (routes, route);
      g_ptr_array_add (names, g_strconcat (pulsar_actor_proxy_get_name (member->proxy), ".",
                                           pulsar_actor_proxy_get_id (member->proxy), NULL));
    }
}

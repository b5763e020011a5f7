/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-actor-private.h"

#include <unistd.h>

#include "pulsar-glib/actor/pulsar-actor-struct-private.h"

/* What an actor was given when it was made: parameters and descriptors. */

void
pulsar_actor_set_parameters (PulsarActor *self,
                             GVariant    *parameters)
{
  PulsarActorPrivate *priv = pulsar_actor_get_private (self);
  g_autoptr(GVariant) old = NULL;

  g_assert (PULSAR_IS_ACTOR (self));

  if (parameters == NULL)
    return;
  g_return_if_fail (g_variant_is_of_type (parameters, G_VARIANT_TYPE_VARDICT));
  old = priv->parameters;
  priv->parameters = g_variant_ref_sink (parameters);
}

static void
close_fd (gpointer data)
{
  close (GPOINTER_TO_INT (data));
}

void
pulsar_actor_take_fd (PulsarActor *self,
                      const char  *name,
                      int          fd)
{
  PulsarActorPrivate *priv = pulsar_actor_get_private (self);

  g_assert (PULSAR_IS_ACTOR (self));
  g_assert (name != NULL);
  g_assert (fd >= 0);

  if (priv->fds == NULL)
    priv->fds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, close_fd);
  g_hash_table_insert (priv->fds, g_strdup (name), GINT_TO_POINTER (fd));
}

/**
 * pulsar_actor_get_parameters:
 * @self: an actor
 *
 * Gets what was given to the actor when it was made, as `a{sv}`.
 *
 * Returns: (transfer none): the parameters
 *
 * Since: 0.1
 */
GVariant *
pulsar_actor_get_parameters (PulsarActor *self)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);

  return pulsar_actor_get_private (self)->parameters;
}

/**
 * pulsar_actor_get_parameter:
 * @self: an actor
 * @name: the name of a parameter
 *
 * Gets one of the parameters of the actor.
 *
 * Returns: (transfer full) (nullable): its value, or `NULL` if there is none of
 *   that name
 *
 * Since: 0.1
 */
GVariant *
pulsar_actor_get_parameter (PulsarActor *self,
                            const char  *name)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return g_variant_lookup_value (pulsar_actor_get_private (self)->parameters, name, NULL);
}

/**
 * pulsar_actor_steal_fd:
 * @self: an actor
 * @name: the name the descriptor was given by
 *
 * Takes a descriptor that was given to the actor when it was made.
 *
 * Descriptors that nobody takes are closed with the actor.
 *
 * Returns: the descriptor, which the caller owns, or -1 if there is none of that
 *   name or it was taken before
 *
 * Since: 0.1
 */
int
pulsar_actor_steal_fd (PulsarActor *self,
                       const char  *name)
{
  PulsarActorPrivate *priv;
  g_autofree char *key = NULL;
  gpointer fd;

  g_return_val_if_fail (PULSAR_IS_ACTOR (self), -1);
  g_return_val_if_fail (name != NULL, -1);

  priv = pulsar_actor_get_private (self);
  if (priv->fds == NULL || !g_hash_table_steal_extended (priv->fds, name, (gpointer *) &key, &fd))
    return -1;
  return GPOINTER_TO_INT (fd);
}

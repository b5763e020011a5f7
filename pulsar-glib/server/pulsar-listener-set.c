/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-listener-set-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/socket.h>

#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/server/pulsar-bind-address-private.h"
#include "pulsar-glib/server/pulsar-listener-kind-private.h"
#include "pulsar-glib/server/pulsar-socket-owner-private.h"
#include "pulsar-glib/server/pulsar-socket-server.h"

/* What a worker gets: sockets named listener-0, listener-1, …, and a parameter that says how many are shared, how many are
 * its own, and how many connections may wait at those. */
#define PARAMETER "listeners"
#define PARAMETER_TYPE "(uuu)"

static PulsarListenerSet *
listener_set_new (GPtrArray *listeners)
{
  PulsarListenerSet *self = g_new0 (PulsarListenerSet, 1);
  g_autoptr(GStrvBuilder) addresses = g_strv_builder_new ();

  for (guint i = 0; i < listeners->len; i++)
    {
      PulsarListener *listener = g_ptr_array_index (listeners, i);

      if (!listener->exclusive)
        g_strv_builder_add (addresses, listener->name);
    }
  self->listeners = listeners;
  self->addresses = g_strv_builder_end (addresses);
  return self;
}

gboolean
pulsar_listener_set_check (PulsarConfig  *config,
                           GError       **error)
{
  g_auto(GStrv) addresses = pulsar_config_dup_strv (config, "bind");
  g_autofree char *owner = pulsar_config_dup_string (config, "socket-owner");
  PulsarSocketOwner ids;

  pulsar_listener_watch_passed ((const char * const *) addresses);
  if (owner == NULL || *owner == '\0')
    return TRUE;
  if (!pulsar_socket_owner_parse (owner, &ids, error))
    {
      g_autofree char *source = pulsar_config_describe_source (config, "socket-owner");

      g_prefix_error (error, "%s: ", source);
      return FALSE;
    }
  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      if (!g_str_has_prefix (addresses[i], "unix:@"))
        continue;
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“socket-owner” is set, but the abstract socket “%s” of “bind” is no file and has no owner: use “unix:PATH”"),
                   addresses[i]);
      return FALSE;
    }
  return TRUE;
}

/* Two sockets for the first cannot be had at once. What only the system knows, such as the addresses of a name, it will tell. */
static gboolean
is_same_address (const char *text,
                 const char *other_text)
{
  g_autoptr(PulsarBindAddress) address = pulsar_bind_address_parse (text, NULL);
  g_autoptr(PulsarBindAddress) other = pulsar_bind_address_parse (other_text, NULL);

  if (address == NULL || other == NULL || address->kind != other->kind || address->kind == PULSAR_BIND_FD)
    return FALSE;
  if (address->kind != PULSAR_BIND_INET)
    return g_str_equal (address->name, other->name);
  return address->port != 0 && address->port == other->port
         && (address->host == NULL || other->host == NULL || g_ascii_strcasecmp (address->host, other->host) == 0);
}

static char *
find_same_address (PulsarConfig *config,
                   PulsarConfig *other_config)
{
  g_auto(GStrv) addresses = pulsar_config_dup_strv (config, "bind");
  g_auto(GStrv) others = pulsar_config_dup_strv (other_config, "bind");

  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      for (gsize j = 0; others[j] != NULL; j++)
        {
          if (is_same_address (addresses[i], others[j]))
            return g_strdup (addresses[i]);
        }
    }
  return NULL;
}

gboolean
pulsar_listener_set_check_beside (PulsarApplication  *application,
                                  PulsarApplication  *other,
                                  GError            **error)
{
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
  PulsarConfig *other_config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (other));
  const char *prefix = pulsar_application_get_prefix (application);
  g_autofree char *address = NULL;
  g_autofree char *option = NULL;

  /* TCP and UDP have ports of their own. */
  if (PULSAR_IS_SOCKET_SERVER (application) != PULSAR_IS_SOCKET_SERVER (other))
    return TRUE;
  if (pulsar_config_get_boolean (config, "reuse-port") && pulsar_config_get_boolean (other_config, "reuse-port"))
    return TRUE;
  address = find_same_address (config, other_config);
  if (address == NULL)
    return TRUE;
  if (prefix == NULL)
    prefix = pulsar_application_get_prefix (other);
  option = prefix != NULL ? g_strdup_printf ("--%s-bind", prefix) : g_strdup ("--bind");
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("The applications “%s” and “%s” cannot both listen on %s: give one of them another address, as with %s"),
               pulsar_configurator_get_name (PULSAR_CONFIGURATOR (other)),
               pulsar_configurator_get_name (PULSAR_CONFIGURATOR (application)), address, option);
  return FALSE;
}

PulsarListenerSet *
pulsar_listener_set_open (PulsarConfig  *config,
                          GSocketType    type,
                          GError       **error)
{
  g_auto(GStrv) addresses = pulsar_config_dup_strv (config, "bind");
  g_autofree char *mode = pulsar_config_dup_string (config, "socket-mode");
  g_autofree char *owner = pulsar_config_dup_string (config, "socket-owner");
  const PulsarListenerOptions options = {
    .type = type,
    .backlog = type == G_SOCKET_TYPE_STREAM ? pulsar_config_get_uint (config, "backlog") : 0,
    .reuse_port = pulsar_config_get_boolean (config, "reuse-port"),
    .mode = mode,
    .owner = owner,
  };
  GPtrArray *listeners = pulsar_listener_open ((const char * const *) addresses, &options, error);
  PulsarListenerSet *self;

  if (listeners == NULL)
    return NULL;
  self = listener_set_new (listeners);
  self->reuse_port = options.reuse_port;
  self->backlog = options.backlog;
  return self;
}

static gboolean
give_fd (PulsarSpawn *spawn,
         guint        number,
         int          fd)
{
  g_autofree char *name = g_strdup_printf ("listener-%u", number);
  int copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);

  if (copy < 0)
    {
      if (errno == EMFILE)
        g_message (_("Cannot pass a socket to a worker: %s; give the program more descriptors, with “ulimit -n” or LimitNOFILE= of its service"),
                   g_strerror (errno));
      else
        g_message (_("Cannot pass a socket to a worker: %s"), g_strerror (errno));
      return FALSE;
    }
  pulsar_spawn_take_fd (spawn, name, copy);
  return TRUE;
}

void
pulsar_listener_set_give (PulsarListenerSet *self,
                          PulsarSpawn       *spawn)
{
  guint n_shared = self->listeners->len;
  guint n_exclusive = 0;

  /* A worker that misses one says so and does not become ready. */
  for (guint i = 0; i < n_shared; i++)
    give_fd (spawn, i, ((PulsarListener *) g_ptr_array_index (self->listeners, i))->fd);

  for (guint i = 0; self->reuse_port && i < n_shared; i++)
    {
      g_autoptr(GError) error = NULL;
      PulsarListener *exclusive = pulsar_listener_open_exclusive (g_ptr_array_index (self->listeners, i), &error);

      if (error != NULL)
        g_message (_("A worker shares its address with others: %s"), error->message);
      if (exclusive == NULL)
        continue;
      if (give_fd (spawn, n_shared + n_exclusive, exclusive->fd))
        n_exclusive++;
      pulsar_listener_free (exclusive);
    }
  pulsar_spawn_set_parameter (spawn, PARAMETER,
                              g_variant_new (PARAMETER_TYPE, n_shared, n_exclusive, self->backlog));
}

/* It is bound, and listens from now on: what came before the worker was there to take it would have waited in vain. */
static PulsarListener *
take_exclusive (int           fd,
                GSocketType   type,
                guint         backlog,
                GError      **error)
{
  PulsarListener *listener;

  if (type == G_SOCKET_TYPE_STREAM && listen (fd, (int) MIN (backlog, G_MAXINT)) != 0)
    g_debug ("Cannot listen on a socket of this worker alone: %s", g_strerror (errno));  /* the next line says it */
  listener = pulsar_listener_new_take_fd (fd, type, error);
  if (listener != NULL)
    listener->exclusive = TRUE;
  return listener;
}

PulsarListenerSet *
pulsar_listener_set_take (PulsarActor  *worker,
                          GSocketType   type,
                          GError      **error)
{
  g_autoptr(GPtrArray) listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_listener_free);
  g_autoptr(GVariant) parameter = pulsar_actor_get_parameter (worker, PARAMETER);
  guint n_shared = 0, n_exclusive = 0, backlog = 0;

  if (parameter != NULL && g_variant_is_of_type (parameter, G_VARIANT_TYPE (PARAMETER_TYPE)))
    g_variant_get (parameter, PARAMETER_TYPE, &n_shared, &n_exclusive, &backlog);
  for (guint i = 0; i < n_shared + n_exclusive; i++)
    {
      g_autofree char *name = g_strdup_printf ("listener-%u", i);
      int fd = pulsar_actor_steal_fd (worker, name);
      PulsarListener *listener;

      if (fd < 0)
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                       _("The worker did not get its listening socket “%s”"), name);
          return NULL;
        }
      if (i < n_shared)
        listener = pulsar_listener_new_take_fd (fd, type, error);
      else
        listener = take_exclusive (fd, type, backlog, error);
      if (listener == NULL)
        return NULL;
      g_ptr_array_add (listeners, listener);
    }
  return listener_set_new (g_steal_pointer (&listeners));
}

void
pulsar_listener_set_free (PulsarListenerSet *self)
{
  g_ptr_array_unref (self->listeners);
  g_strfreev (self->addresses);
  g_free (self);
}

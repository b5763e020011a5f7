/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-spawn-private.h"

#include <unistd.h>

/**
 * PulsarSpawn:
 *
 * What a child process is about to get.
 *
 * Handlers of [signal@Pulsar.Actor::query-spawn] and
 * [signal@Pulsar.Application::actor-params] fill it: with parameters, which the
 * child reads by [method@Pulsar.Actor.get_parameter], with open descriptors,
 * which it takes by [method@Pulsar.Actor.steal_fd], and with environment
 * variables.
 *
 * Once the child is started, changes have no effect.
 *
 * Since: 0.1
 */
struct _PulsarSpawn
{
  GObject parent_instance;
  char *name;               /* (owned) (not nullable) construct-only */
  char *id;                 /* (owned) (not nullable) construct-only */
  guint slot;               /* construct-only */
  PulsarConfig *config;     /* (owned) (nullable) before there is one */
  GVariantDict parameters;
  GVariant *lent;           /* (owned) (nullable) what get_parameters () lends, until a parameter changes */
  GArray *fds;              /* (element-type int) (owned) closed with the object */
  GPtrArray *fd_names;      /* (element-type utf8) (owned) NULL terminated, in the order of fds */
  GPtrArray *environment;   /* (element-type utf8) (owned) NULL terminated, “NAME=value” or “NAME” */
};

typedef enum
{
  PROP_NAME = 1,
  PROP_ID,
  PROP_SLOT,
  PROP_CONFIG,
  PROP_PARAMETERS,
} PulsarSpawnProperty;

static GParamSpec *properties[PROP_PARAMETERS + 1];

G_DEFINE_FINAL_TYPE (PulsarSpawn, pulsar_spawn, G_TYPE_OBJECT)

static void
pulsar_spawn_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  PulsarSpawn *self = PULSAR_SPAWN (object);

  switch ((PulsarSpawnProperty) prop_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_ID:
      self->id = g_value_dup_string (value);
      break;
    case PROP_SLOT:
      self->slot = g_value_get_uint (value);
      break;
    case PROP_CONFIG:
    case PROP_PARAMETERS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_spawn_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  PulsarSpawn *self = PULSAR_SPAWN (object);

  switch ((PulsarSpawnProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_SLOT:
      g_value_set_uint (value, self->slot);
      break;
    case PROP_CONFIG:
      g_value_set_object (value, self->config);
      break;
    case PROP_PARAMETERS:
      g_value_set_variant (value, pulsar_spawn_get_parameters (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_spawn_finalize (GObject *object)
{
  PulsarSpawn *self = PULSAR_SPAWN (object);

  for (guint i = 0; i < self->fds->len; i++)
    close (g_array_index (self->fds, int, i));
  g_array_unref (self->fds);
  g_ptr_array_unref (self->fd_names);
  g_ptr_array_unref (self->environment);
  g_variant_dict_clear (&self->parameters);
  g_clear_pointer (&self->lent, g_variant_unref);
  g_clear_object (&self->config);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->id, g_free);

  G_OBJECT_CLASS (pulsar_spawn_parent_class)->finalize (object);
}

static void
pulsar_spawn_class_init (PulsarSpawnClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = pulsar_spawn_set_property;
  object_class->get_property = pulsar_spawn_get_property;
  object_class->finalize = pulsar_spawn_finalize;

  /**
   * PulsarSpawn:name:
   *
   * The name the child will bear.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, "",
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSpawn:id:
   *
   * The id the child will have.
   *
   * Since: 0.1
   */
  properties[PROP_ID] =
    g_param_spec_string ("id", NULL, NULL, "",
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSpawn:slot: (getter get_slot)
   *
   * Which of the workers of its application the child will be, counted from 0.
   *
   * A worker that replaces another one has its slot, so that the number lasts
   * as long as there are that many workers. Actors that are spawned have 0.
   *
   * Since: 0.1
   */
  properties[PROP_SLOT] =
    g_param_spec_uint ("slot", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSpawn:config: (getter get_config)
   *
   * The configuration the child will have.
   *
   * It is that of its supervisor, but for the workers a reload starts: these
   * get the new one, which becomes that of the supervisor when all of them are
   * ready. So a handler that makes parameters of settings reads this one.
   *
   * Since: 0.1
   */
  properties[PROP_CONFIG] =
    g_param_spec_object ("config", NULL, NULL, PULSAR_TYPE_CONFIG,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSpawn:parameters:
   *
   * The parameters set so far, as `a{sv}`.
   *
   * Since: 0.1
   */
  properties[PROP_PARAMETERS] =
    g_param_spec_variant ("parameters", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
pulsar_spawn_init (PulsarSpawn *self)
{
  g_variant_dict_init (&self->parameters, NULL);
  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
  self->fd_names = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->fd_names, NULL);
  self->environment = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->environment, NULL);
}

PulsarSpawn *
pulsar_spawn_new (const char *name,
                  const char *id,
                  guint       slot)
{
  g_assert (name != NULL);
  g_assert (id != NULL);

  return g_object_new (PULSAR_TYPE_SPAWN, "name", name, "id", id, "slot", slot, NULL);
}

void
pulsar_spawn_set_config (PulsarSpawn  *self,
                         PulsarConfig *config)
{
  g_assert (PULSAR_IS_SPAWN (self));

  if (g_set_object (&self->config, config))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONFIG]);
}

const int *
pulsar_spawn_get_fds (PulsarSpawn *self,
                      guint       *n_fds)
{
  g_assert (PULSAR_IS_SPAWN (self));

  *n_fds = self->fds->len;
  return (const int *) (gpointer) self->fds->data;
}

const char * const *
pulsar_spawn_get_fd_names (PulsarSpawn *self)
{
  g_assert (PULSAR_IS_SPAWN (self));

  return (const char * const *) self->fd_names->pdata;
}

const char * const *
pulsar_spawn_get_environment (PulsarSpawn *self)
{
  g_assert (PULSAR_IS_SPAWN (self));

  return (const char * const *) self->environment->pdata;
}

/**
 * pulsar_spawn_get_name:
 * @self: a spawn
 *
 * Gets the name the child will bear.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
pulsar_spawn_get_name (PulsarSpawn *self)
{
  g_return_val_if_fail (PULSAR_IS_SPAWN (self), NULL);

  return self->name;
}

/**
 * pulsar_spawn_get_id:
 * @self: a spawn
 *
 * Gets the id the child will have.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
const char *
pulsar_spawn_get_id (PulsarSpawn *self)
{
  g_return_val_if_fail (PULSAR_IS_SPAWN (self), NULL);

  return self->id;
}

/**
 * pulsar_spawn_get_slot: (get-property slot)
 * @self: a spawn
 *
 * Gets which of the workers of its application the child will be, counted from 0.
 *
 * Returns: the slot
 *
 * Since: 0.1
 */
guint
pulsar_spawn_get_slot (PulsarSpawn *self)
{
  g_return_val_if_fail (PULSAR_IS_SPAWN (self), 0);

  return self->slot;
}

/**
 * pulsar_spawn_get_config: (get-property config)
 * @self: a spawn
 *
 * Gets the configuration the child will have.
 *
 * Returns: (transfer none) (nullable): the configuration
 *
 * Since: 0.1
 */
PulsarConfig *
pulsar_spawn_get_config (PulsarSpawn *self)
{
  g_return_val_if_fail (PULSAR_IS_SPAWN (self), NULL);

  return self->config;
}

/**
 * pulsar_spawn_get_parameters:
 * @self: a spawn
 *
 * Gets the parameters set so far, as `a{sv}`.
 *
 * What is returned stays valid until a parameter is set.
 *
 * Returns: (transfer none): the parameters
 *
 * Since: 0.1
 */
GVariant *
pulsar_spawn_get_parameters (PulsarSpawn *self)
{
  g_return_val_if_fail (PULSAR_IS_SPAWN (self), NULL);

  if (self->lent == NULL)
    {
      self->lent = g_variant_ref_sink (g_variant_dict_end (&self->parameters));
      g_variant_dict_init (&self->parameters, self->lent);
    }
  return self->lent;
}

/**
 * pulsar_spawn_set_parameter:
 * @self: a spawn
 * @name: the name of the parameter
 * @value: its value; consumed if floating
 *
 * Gives the child a parameter.
 *
 * A parameter of that name set before is replaced.
 *
 * Since: 0.1
 */
void
pulsar_spawn_set_parameter (PulsarSpawn *self,
                            const char  *name,
                            GVariant    *value)
{
  g_return_if_fail (PULSAR_IS_SPAWN (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (value != NULL);

  g_variant_dict_insert_value (&self->parameters, name, value);
  g_clear_pointer (&self->lent, g_variant_unref);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PARAMETERS]);
}

/**
 * pulsar_spawn_take_fd:
 * @self: a spawn
 * @name: the name the child finds it by
 * @fd: an open descriptor, which @self owns from now on
 *
 * Gives the child a descriptor.
 *
 * The descriptor of this process is closed with @self. One of the same name
 * given before is closed and replaced.
 *
 * Since: 0.1
 */
void
pulsar_spawn_take_fd (PulsarSpawn *self,
                      const char  *name,
                      int          fd)
{
  g_return_if_fail (PULSAR_IS_SPAWN (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (fd >= 0);

  for (guint i = 0; i < self->fds->len; i++)
    if (g_str_equal (g_ptr_array_index (self->fd_names, i), name))
      {
        close (g_array_index (self->fds, int, i));
        g_array_index (self->fds, int, i) = fd;
        return;
      }

  g_array_append_val (self->fds, fd);
  g_ptr_array_insert (self->fd_names, (int) self->fd_names->len - 1, g_strdup (name));
}

/**
 * pulsar_spawn_set_environment:
 * @self: a spawn
 * @name: the name of the variable
 * @value: (nullable): its value, or `NULL` to unset it
 *
 * Changes a variable in the environment of the child.
 *
 * Since: 0.1
 */
void
pulsar_spawn_set_environment (PulsarSpawn *self,
                              const char  *name,
                              const char  *value)
{
  gsize length;
  char *entry;

  g_return_if_fail (PULSAR_IS_SPAWN (self));
  g_return_if_fail (name != NULL && *name != '\0' && strchr (name, '=') == NULL);

  length = strlen (name);
  entry = value != NULL ? g_strconcat (name, "=", value, NULL) : g_strdup (name);
  for (guint i = 0; i + 1 < self->environment->len; i++)
    {
      char **old = (char **) &g_ptr_array_index (self->environment, i);

      if (strncmp (*old, name, length) == 0 && ((*old)[length] == '=' || (*old)[length] == '\0'))
        {
          g_free (*old);
          *old = entry;
          return;
        }
    }
  g_ptr_array_insert (self->environment, (int) self->environment->len - 1, entry);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-command-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

/* The commands every actor of this process executes: name → PulsarCommand. The names are those of registered commands; what a peer sends is only
 * looked up. Commands are registered and executed in the main thread. */
static GHashTable *commands = NULL;

/* What the table does with a command it no longer has. */
static void
command_removed (gpointer data)
{
  PulsarCommand *command = data;

  command->registered = FALSE;
  pulsar_command_unref (command);
}

static void
command_clear (gpointer data)
{
  PulsarCommand *command = data;

  if (command->destroy != NULL)
    command->destroy (command->user_data);
  g_variant_type_free (command->argument_type);
  g_free (command->name);
}

PulsarCommand *
pulsar_command_ref (PulsarCommand *command)
{
  return g_rc_box_acquire (command);
}

void
pulsar_command_unref (PulsarCommand *command)
{
  g_rc_box_release_full (command, command_clear);
}

static GHashTable *
get_commands (void)
{
  if (G_UNLIKELY (commands == NULL))
    {
      commands = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, command_removed);
      pulsar_builtin_install ();
    }
  return commands;
}

PulsarCommand *
pulsar_command_lookup (const char *name)
{
  return g_hash_table_lookup (get_commands (), name);
}

static void
add (const char           *name,
     const char           *argument_type,
     PulsarCommandCallers  callers,
     PulsarCommandFunc     handler,
     gpointer              user_data,
     GDestroyNotify        destroy,
     gboolean              builtin)
{
  PulsarCommand *command = g_rc_box_new0 (PulsarCommand);

  command->name = g_strdup (name);
  command->argument_type = g_variant_type_new (argument_type != NULL ? argument_type : "()");
  command->callers = callers;
  command->handler = handler;
  command->user_data = user_data;
  command->destroy = destroy;
  command->builtin = builtin;
  command->registered = TRUE;
  g_hash_table_replace (get_commands (), command->name, command);
}

void
pulsar_command_register_builtin (const char           *name,
                                 const char           *argument_type,
                                 PulsarCommandCallers  callers,
                                 PulsarCommandFunc     handler,
                                 gpointer              user_data)
{
  add (name, argument_type, callers, handler, user_data, NULL, TRUE);
}

static const char *
describe_relation (PulsarRelation relation)
{
  switch (relation)
    {
    case PULSAR_RELATION_SELF:
      return "self";
    case PULSAR_RELATION_SUPERVISOR:
      return "supervisor";
    case PULSAR_RELATION_SIBLING:
      return "sibling";
    case PULSAR_RELATION_CONTROL:
    default:
      return "control";
    }
}

gboolean
pulsar_command_check (PulsarCommand   *command,
                      PulsarRelation   relation,
                      GVariant        *arguments,
                      GError         **error)
{
  if (!(command->callers & (1u << relation)))
    {
      /* Translators: the second one is self, supervisor, sibling or control, which are not translated */
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                   _("Command “%s” may not be called by a caller of relation “%s”"),
                   command->name, describe_relation (relation));
      return FALSE;
    }
  if (!g_variant_is_of_type (arguments, command->argument_type))
    {
      g_autofree char *expected = g_variant_type_dup_string (command->argument_type);

      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                   _("Command “%s” takes arguments of type “%s”, not “%s”"),
                   command->name, expected, g_variant_get_type_string (arguments));
      return FALSE;
    }
  return TRUE;
}

/* Whether each handle in @value is the place of a descriptor. Those in variants are between the program and itself. */
static gboolean
handles_are_there (GVariant *value,
                   guint     n_fds)
{
  GVariantIter iter;
  GVariant *child;

  if (strchr (g_variant_get_type_string (value), 'h') == NULL)
    return TRUE;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_HANDLE))
    {
      gint32 handle = g_variant_get_handle (value);

      return handle >= 0 && (guint) handle < n_fds;
    }

  g_variant_iter_init (&iter, value);
  while ((child = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_autoptr(GVariant) owned = child;

      if (!handles_are_there (owned, n_fds))
        return FALSE;
    }
  return TRUE;
}

gboolean
pulsar_command_check_handles (PulsarCommand  *command,
                              GVariant       *arguments,
                              GUnixFDList    *fds,
                              GError        **error)
{
  guint n_fds = fds != NULL ? (guint) g_unix_fd_list_get_length (fds) : 0;

  if (handles_are_there (arguments, n_fds))
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
               _("The arguments of command “%s” name a descriptor that did not come along: there are %u"),
               command->name, n_fds);
  return FALSE;
}

/**
 * pulsar_command_register:
 * @name: the name of the command
 * @argument_type: (nullable): the type of its arguments: a tuple type such as
 *   `(su)`; `r` takes every tuple; `NULL` is `()`
 * @callers: who may call it
 * @handler: (scope notified) (closure user_data) (destroy destroy): executes it
 * @user_data: data for @handler
 * @destroy: (nullable): frees @user_data when the command is not needed any more
 *
 * Adds a command to the actors of this process.
 *
 * The command of every process is its own: a program that registers it before
 * it runs, or in a hook such as [signal@Pulsar.Application::worker-start], has it
 * where that code runs. @handler is entered only with arguments of
 * @argument_type and for a caller in @callers.
 *
 * A command of that name registered before is replaced. The commands of the
 * library itself cannot be. Call it in the main thread.
 *
 * Since: 0.1
 */
void
pulsar_command_register (const char           *name,
                         const char           *argument_type,
                         PulsarCommandCallers  callers,
                         PulsarCommandFunc     handler,
                         gpointer              user_data,
                         GDestroyNotify        destroy)
{
  PulsarCommand *present;

  g_return_if_fail (name != NULL && *name != '\0');
  g_return_if_fail (argument_type == NULL
                    || (g_variant_type_string_is_valid (argument_type)
                        && g_variant_type_is_tuple (G_VARIANT_TYPE (argument_type))));
  g_return_if_fail (handler != NULL);
  present = pulsar_command_lookup (name);
  g_return_if_fail (present == NULL || !present->builtin);

  add (name, argument_type, callers, handler, user_data, destroy, FALSE);
}

/**
 * pulsar_command_unregister:
 * @name: the name of the command
 *
 * Removes a command from the actors of this process.
 *
 * Requests of it that are under way are not touched. The commands of the library
 * itself stay.
 *
 * Returns: whether there was one
 *
 * Since: 0.1
 */
gboolean
pulsar_command_unregister (const char *name)
{
  PulsarCommand *present;

  g_return_val_if_fail (name != NULL, FALSE);

  present = pulsar_command_lookup (name);
  return present != NULL && !present->builtin && g_hash_table_remove (get_commands (), name);
}

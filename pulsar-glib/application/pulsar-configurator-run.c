/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-configurator-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-program-private.h"
#include "pulsar-glib/application/pulsar-startup-private.h"
#include "pulsar-glib/base/pulsar-i18n-private.h"

/* What a configurator does: its configuration is loaded, and its program runs. */

PulsarConfigLoader *
pulsar_configurator_new_loader (PulsarConfigurator *self)
{
  const char *name = pulsar_configurator_get_name (self);
  PulsarConfigLoader *loader = pulsar_config_loader_new (name,
                                                         pulsar_configurator_get_description (self),
                                                         pulsar_configurator_get_epilog (self),
                                                         pulsar_configurator_get_version (self));

  pulsar_config_loader_keep_notices (loader);
  if (pulsar_configurator_get_parse_console (self))
    pulsar_config_loader_read_files (loader, pulsar_configurator_is_name_given (self) ? name : NULL,
                                     pulsar_configurator_get_strict (self));
  return loader;
}

static gboolean
load_one (PulsarConfigurator  *self,
          char               **output,
          GError             **error)
{
  const PulsarConfiguratorRoles *roles = pulsar_configurator_get_roles (self);
  const char *const *argv = NULL;

  if (!pulsar_configurator_check (self, error))
    return FALSE;

  if (pulsar_configurator_get_parse_console (self) && !pulsar_configurator_get_console_parsed (self))
    argv = pulsar_configurator_get_argv (self);
  if (!roles->load (self, argv, output, error))
    return FALSE;

  if (argv != NULL && *output == NULL)
    pulsar_configurator_set_console_parsed (self, TRUE);
  return TRUE;
}

gboolean
pulsar_configurator_load_with_output (PulsarConfigurator  *self,
                                      char               **output,
                                      GError             **error)
{
  *output = NULL;
  if (pulsar_configurator_is_loaded (self))
    return TRUE;
  if (!load_one (self, output, error))
    return FALSE;

  if (*output == NULL)
    pulsar_configurator_set_loaded (self);
  return TRUE;
}

GPtrArray *
pulsar_configurator_list_applications (PulsarConfigurator  *self,
                                       GError             **error)
{
  return pulsar_configurator_get_roles (self)->list_applications (self, error);
}

/**
 * pulsar_configurator_load_config:
 * @self: a configurator
 * @error: return location for an error
 *
 * Loads the configuration from key files, the environment and the command line.
 *
 * [method@Pulsar.Configurator.run] and [method@Pulsar.Configurator.start_async] do that themselves; call it before to see
 * the values earlier. A second call does nothing. In a worker nothing is read: it has the configuration of its supervisor.
 * A command line with `--help` or `--version` is an error here, since only `run` prints.
 *
 * The error is `PULSAR_ERROR_USAGE` for the command line and `PULSAR_ERROR_CONFIGURATION` for everything else.
 *
 * Returns: whether it was loaded
 *
 * Since: 0.1
 */
gboolean
pulsar_configurator_load_config (PulsarConfigurator  *self,
                                 GError             **error)
{
  g_autofree char *output = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), FALSE);

  if (!pulsar_configurator_load_with_output (self, &output, error))
    return FALSE;
  if (output != NULL)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                           _("The command line asks for a text instead of a program, as --help does"));
      return FALSE;
    }
  return TRUE;
}

/**
 * pulsar_configurator_run:
 * @self: a configurator
 * @argc: the number of arguments
 * @argv: (array length=argc) (element-type filename): the command line, the name of the program first
 *
 * Runs the program until it ends, in a main loop of its own.
 *
 * It owns the process while it runs: it takes over signals and the log, and puts them back when it returns. So it does with
 * the language of messages, which is that of the user in a program that chose none by `setlocale ()`. In the process
 * the user started it becomes the [class@Pulsar.Arbiter]; in the processes that one makes, which execute the same program
 * again, it becomes the worker that is wanted, or returns 0 at once if another call of `run` is to do so. Call it on the
 * main thread, and let the program end with the status it returns:
 *
 * 0 when it was stopped; 64 for a wrong command line; 69 when something could not be started, such as a listening socket;
 * 70 when a worker could not be executed or did not become one; 73 when the `pid-file` cannot be had, since another process holds it or
 * it cannot be made; 77 for something the user may not do, such as listening on a
 * port below 1024; 78 for a wrong configuration.
 *
 * Returns: the exit status
 *
 * Since: 0.1
 */
int
pulsar_configurator_run (PulsarConfigurator  *self,
                         int                  argc,
                         char               **argv)
{
  g_autoptr(GPtrArray) arguments = g_ptr_array_new ();
  char *language;
  int status;

  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), 70);

  for (int i = 0; i < argc; i++)
    g_ptr_array_add (arguments, argv[i]);
  g_ptr_array_add (arguments, NULL);
  if (argc > 0)
    pulsar_configurator_set_argv (self, (const char * const *) arguments->pdata);

  language = pulsar_i18n_begin ();
  status = pulsar_program_run (self);
  pulsar_i18n_end (language);
  return status;
}

/**
 * pulsar_configurator_start_async:
 * @self: a configurator
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when every application runs
 * @user_data: data for @callback
 *
 * Starts the applications in a program that has a main loop of its own.
 *
 * Nothing that belongs to the process as a whole is touched: no signal, no log. The applications stop with
 * [method@Pulsar.Application.stop_async], or with [method@Pulsar.Actor.stop] of the arbiter. Cancelling @cancellable stops
 * what has started and fails the call when that is gone. Call it on the main thread.
 *
 * `PULSAR_ERROR_ALREADY_STARTED` if an application of one of the names runs or starts,
 * `PULSAR_ERROR_NOT_PREPARED` if the program did not call [func@Pulsar.Worker.main] and has no setting `command`,
 * `PULSAR_ERROR_NOT_ALLOWED` in a worker, `PULSAR_ERROR_USAGE` and `PULSAR_ERROR_CONFIGURATION` as for
 * [method@Pulsar.Configurator.load_config], and the errors of hooks.
 *
 * Since: 0.1
 */
void
pulsar_configurator_start_async (PulsarConfigurator  *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (PULSAR_IS_CONFIGURATOR (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_configurator_start_async);

  pulsar_startup_run (self, pulsar_configurator_get_name (self), g_steal_pointer (&task));
}

/**
 * pulsar_configurator_start_finish:
 * @self: a configurator
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.Configurator.start_async].
 *
 * Returns: whether every application runs
 *
 * Since: 0.1
 */
gboolean
pulsar_configurator_start_finish (PulsarConfigurator  *self,
                                  GAsyncResult        *result,
                                  GError             **error)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

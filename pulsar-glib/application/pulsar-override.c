/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-override-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/base/pulsar-i18n-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/process/pulsar-recipe-private.h"

/* What a language adds to introspection: that an exception fails its hook, and that a hook may be an asynchronous function. Without it
 * both go wrong in silence. */

static gboolean registered;
static gboolean checked;

void
pulsar_override_check (void)
{
  const char *language = pulsar_recipe_get_language ();

  if (checked)
    return;
  checked = TRUE;
  if (language != NULL && !registered)
    pulsar_log (PULSAR_LOG_WARNING, _("The override of pulsar-glib for %s is not installed, or %s does not lead to it: hooks and "
                                      "handlers that are asynchronous functions do nothing, and exceptions are only printed"),
                language, g_str_equal (language, "Python") ? "PYTHONPATH" : "GJS_PATH");
}

/**
 * pulsar_override_register:
 * @language: the language, such as `Python`
 *
 * Says that what a language adds to this library is in place.
 *
 * For the override of the language, not for programs. A program of an interpreter that does not have it says so when it starts.
 *
 * Since: 0.1
 */
void
pulsar_override_register (const char *language)
{
  g_return_if_fail (language != NULL);

  registered = TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/base/pulsar-i18n-private.h"

#include <glib.h>
#include <libintl.h>
#include <locale.h>
#include <unistd.h>

/* Where the translations of the library are, and that they come in UTF-8 whatever the locale. */
static void __attribute__ ((constructor))
pulsar_i18n_bind (void)
{
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

char *
pulsar_i18n_begin (void)
{
  g_autofree char *previous = g_strdup (setlocale (LC_MESSAGES, NULL));

  /* Other threads read the locale. */
  if (gettid () != getpid () || g_strcmp0 (previous, "C") != 0 || setlocale (LC_MESSAGES, "") == NULL)
    return NULL;
  return g_steal_pointer (&previous);
}

void
pulsar_i18n_end (char *previous)
{
  if (previous != NULL)
    setlocale (LC_MESSAGES, previous);
  g_free (previous);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <libintl.h>

/* Where the translations of the library are, and that they come in UTF-8 whatever the locale. The language is the program's
 * choice: a C program calls setlocale (), interpreters do it themselves. */
static void __attribute__ ((constructor))
pulsar_i18n_bind (void)
{
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

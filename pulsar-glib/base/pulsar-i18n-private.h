/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A program that chose no language for its messages, as Python and many a C program do not, speaks that of its user. Nothing
 * else of the locale is touched. The result is for end (), which sets back what was before. */
char *pulsar_i18n_begin (void) G_GNUC_WARN_UNUSED_RESULT;
void  pulsar_i18n_end   (char *previous);

G_END_DECLS

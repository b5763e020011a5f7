/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The candidate somebody who wrote @word most likely meant, or NULL if none is near: one that @word is the beginning of,
 * or that a few typing mistakes turn into @word. The strings are lent. */
const char *pulsar_suggest (const char         *word,
                            const char * const *candidates);

G_END_DECLS

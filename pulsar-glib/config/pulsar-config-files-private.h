/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which key files count, in the order in which they are read. Each file is followed by its drop-ins, the files “*.conf” of
 * the folder “<file>.d” in the order of the bytes of their names. What cannot be listed is appended to @errors. */

/* The files @names, which were named, so that they have to exist. */
char **pulsar_config_files_named  (const char * const *names,
                                   GString            *errors) G_GNUC_WARN_UNUSED_RESULT;

/* The first of “<folder>/<name>/<name>.conf” that exists. */
char **pulsar_config_files_search (const char * const *folders,
                                   const char         *name,
                                   GString            *errors) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* What a command line asks for: a text to show, or a list of options to apply. Reading it changes nothing. */
typedef struct _PulsarCommandLine PulsarCommandLine;

/* @argv begins with the name of the program. All errors are PULSAR_ERROR_USAGE. */
PulsarCommandLine  *pulsar_command_line_new       (PulsarOptionTable   *table,
                                                   const char * const  *argv,
                                                   GError             **error);
void                pulsar_command_line_free      (PulsarCommandLine   *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarCommandLine, pulsar_command_line_free)

/* The option that asks for a text instead of a program, or NULL. */
const PulsarOption *pulsar_command_line_get_shown (PulsarCommandLine   *self);

/* Its value, or NULL. */
const char         *pulsar_command_line_get_shown_value (PulsarCommandLine *self);

/* Whether the text shows secrets. */
gboolean            pulsar_command_line_get_show_secrets (PulsarCommandLine *self);

/* Sets the values; the error has one line for each that is wrong. */
gboolean            pulsar_command_line_apply     (PulsarCommandLine   *self,
                                                   GError             **error);

/* Whether what @option shows depends on the values of the settings: then it is made when all are loaded. */
gboolean            pulsar_option_shows_values    (const PulsarOption  *option);

G_END_DECLS

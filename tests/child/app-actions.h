/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/pulsar.h>

G_BEGIN_DECLS

/* Writes one line to the standard output, in one piece. */
void  app_say               (const char        *format,
                             ...) G_GNUC_PRINTF (1, 2);

/* Without those of gates. */
guint app_count_fds         (void);

/* Does what the setting “do” says for this hook and actor: a list of HOOK:ACTION and HOOK@ACTOR:ACTION. An action that ends with “!” is done
 * once in all processes of the program. */
void  app_run_actions       (PulsarApplication *application,
                             const char        *hook_name,
                             const char        *actor_name,
                             PulsarHook        *hook);
void  app_run_action        (PulsarApplication *application,
                             const char        *hook_name,
                             const char        *action,
                             PulsarHook        *hook);

/* The commands “do”, “nap”, “ask”, “spawn-one”, “application”, “start”. */
void  app_register_commands (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gunixfdlist.h>

#include <pulsar-glib/actor/pulsar-command.h>

G_BEGIN_DECLS

/* A registered command; it lives on while a request of it is under way, also when it was replaced or unregistered. */
typedef struct
{
  char *name;
  GVariantType *argument_type;   /* a tuple type, possibly indefinite */
  PulsarCommandCallers callers;
  PulsarCommandFunc handler;
  gpointer user_data;
  GDestroyNotify destroy;
  gboolean builtin;              /* the program cannot replace it */
  gboolean at_once;              /* executed also while the actor starts and other requests wait */
  gboolean registered;           /* lookup () would find it, and no other */
} PulsarCommand;

PulsarCommand *pulsar_command_ref              (PulsarCommand         *command);
void           pulsar_command_unref            (PulsarCommand         *command);

/* (transfer none): valid until the next turn of the main loop unless a reference is taken. */
PulsarCommand *pulsar_command_lookup           (const char            *name);

/* As pulsar_command_register (), for the commands of the library itself. */
void           pulsar_command_register_builtin (const char            *name,
                                                const char            *argument_type,
                                                PulsarCommandCallers   callers,
                                                PulsarCommandFunc      handler,
                                                gpointer               user_data);

/* Whether a caller may call @command with @arguments. */
gboolean       pulsar_command_check            (PulsarCommand         *command,
                                                PulsarRelation         relation,
                                                GVariant              *arguments,
                                                GError               **error);
/* Whether the handles (type h) in @arguments are places in @fds (nullable), which a handler relies on. */
gboolean       pulsar_command_check_handles    (PulsarCommand         *command,
                                                GVariant              *arguments,
                                                GUnixFDList           *fds,
                                                GError               **error);

/* Registers ping, echo, info, stop and config; once is enough, more do no harm. */
void           pulsar_builtin_install          (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarCommand, pulsar_command_unref)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <glib-object.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PulsarRelation:
 * @PULSAR_RELATION_SELF: the actor asks itself
 * @PULSAR_RELATION_SUPERVISOR: the process of the arbiter asks
 * @PULSAR_RELATION_SIBLING: a worker or a spawned actor asks another actor, the arbiter and the monitors included
 * @PULSAR_RELATION_CONTROL: somebody outside of the program asks; nothing in the library lets anybody in
 *
 * What the caller of a command is to the actor that executes it.
 *
 * The library finds it out; a caller cannot claim it.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_RELATION_SELF,
  PULSAR_RELATION_SUPERVISOR,
  PULSAR_RELATION_SIBLING,
  PULSAR_RELATION_CONTROL,
} PulsarRelation;

/**
 * PulsarCommandCallers:
 * @PULSAR_COMMAND_CALLERS_SELF: `PULSAR_RELATION_SELF`
 * @PULSAR_COMMAND_CALLERS_SUPERVISOR: `PULSAR_RELATION_SUPERVISOR`
 * @PULSAR_COMMAND_CALLERS_SIBLING: `PULSAR_RELATION_SIBLING`
 * @PULSAR_COMMAND_CALLERS_CONTROL: `PULSAR_RELATION_CONTROL`
 * @PULSAR_COMMAND_CALLERS_ANY: every caller
 *
 * Who may call a command.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_COMMAND_CALLERS_SELF = 1 << 0,
  PULSAR_COMMAND_CALLERS_SUPERVISOR = 1 << 1,
  PULSAR_COMMAND_CALLERS_SIBLING = 1 << 2,
  PULSAR_COMMAND_CALLERS_CONTROL = 1 << 3,
  PULSAR_COMMAND_CALLERS_ANY = 0xf,
} PulsarCommandCallers;

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <glib-object.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PulsarOrigin:
 * @PULSAR_ORIGIN_DEFAULT: the default of the setting
 * @PULSAR_ORIGIN_CLASS: the class of the application
 * @PULSAR_ORIGIN_PARAMETER: a parameter given in code
 * @PULSAR_ORIGIN_ARBITER: the global settings of an arbiter that was already running
 * @PULSAR_ORIGIN_KEY_FILE: a key file
 * @PULSAR_ORIGIN_ENVIRONMENT: an environment variable
 * @PULSAR_ORIGIN_COMMAND_LINE: an option of the command line
 * @PULSAR_ORIGIN_RUNTIME: a change while the program runs
 *
 * Where the value of a setting comes from.
 *
 * Each origin is a layer: a value covers those of the layers below it, in whatever order they are set. The layers lie in
 * the order given here, with one exception: what an arbiter hands down covers only defaults, those of the setting and
 * those of the class.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_ORIGIN_DEFAULT,
  PULSAR_ORIGIN_CLASS,
  PULSAR_ORIGIN_PARAMETER,
  PULSAR_ORIGIN_ARBITER,
  PULSAR_ORIGIN_KEY_FILE,
  PULSAR_ORIGIN_ENVIRONMENT,
  PULSAR_ORIGIN_COMMAND_LINE,
  PULSAR_ORIGIN_RUNTIME,
} PulsarOrigin;

G_END_DECLS

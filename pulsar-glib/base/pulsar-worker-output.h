/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <glib-object.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PulsarWorkerOutput:
 * @PULSAR_WORKER_OUTPUT_LOG: it goes into the log of the arbiter, line by line, with the name of the worker
 * @PULSAR_WORKER_OUTPUT_INHERIT: it goes where the output of the arbiter goes
 * @PULSAR_WORKER_OUTPUT_NULL: it is thrown away
 *
 * Where the standard output and the standard error of workers go: the values of the setting `worker-output`.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_WORKER_OUTPUT_LOG,
  PULSAR_WORKER_OUTPUT_INHERIT,
  PULSAR_WORKER_OUTPUT_NULL,
} PulsarWorkerOutput;

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* What the settings say a worker process is to the kernel: whose, with which limits, on which processors. The supervisor finds out and
 * writes it down, the worker applies it before it runs anything. */
typedef struct _PulsarProcessAttributes PulsarProcessAttributes;

/* @slot: which of the workers, from 0; -1 for a process that is none of several. Fails with PULSAR_ERROR_CONFIGURATION. Users are looked up once
 * for a configuration: a restart does not wait for a directory service. */
PulsarProcessAttributes *pulsar_process_attributes_new          (PulsarConfig             *config,
                                                                 int                       slot,
                                                                 GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
void                     pulsar_process_attributes_free         (PulsarProcessAttributes  *self);

/* A dictionary of what is to be changed. */
GVariant                *pulsar_process_attributes_to_variant   (PulsarProcessAttributes  *self);

/* NULL if it is not such a dictionary, or has anything in it that cannot be read. */
PulsarProcessAttributes *pulsar_process_attributes_from_variant (GVariant                 *variant) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the settings of an application can be obeyed: users exist and this process may change to them
 * (PULSAR_ERROR_PERMISSION_DENIED), processors are there. Called before anything starts. */
gboolean                 pulsar_process_attributes_check        (PulsarConfig             *config,
                                                                 GError                  **error);

/* Applies it to this process, all of its threads. After a failure the process is neither this nor that, and must end. Death signals
 * and the dumpable flag are lost, see pulsar_identity_renew (). */
gboolean                 pulsar_process_attributes_apply        (PulsarProcessAttributes  *self,
                                                                 GError                  **error);

/* The umask of a setting, or -1 if it is empty. */
int                      pulsar_process_attributes_get_umask    (PulsarConfig             *config);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarProcessAttributes, pulsar_process_attributes_free)

G_END_DECLS

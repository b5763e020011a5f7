/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-configurator.h>

G_BEGIN_DECLS

/* The start of the applications of one configurator, from the configuration to the last worker that is ready. */
typedef struct _PulsarStartup PulsarStartup;

/* @task (taken) returns TRUE when every application runs, or an error when nothing of them is left. Its cancellable cancels the start. */
void pulsar_startup_run (PulsarConfigurator *configurator,
                         const char         *log_name,
                         GTask              *task);

/* Gives all applications a new id of the run, unless somebody chose one: what ran before under another id is over. */
void pulsar_startup_renew_exc_id (GPtrArray *applications);

G_END_DECLS

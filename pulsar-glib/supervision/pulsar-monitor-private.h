/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-directory-private.h>
#include <pulsar-glib/process/pulsar-recipe-private.h>
#include <pulsar-glib/supervision/pulsar-monitor.h>
#include <pulsar-glib/supervision/pulsar-owner-private.h>

G_BEGIN_DECLS

/* @error is NULL on success and else stays the caller's. */
typedef void (*PulsarMonitorDone) (PulsarMonitor *monitor,
                                   const GError  *error,
                                   gpointer       user_data);

/* @recipe may be NULL where no program can be executed again; then only workers=0 works, and @recipe_error says why. @by_type: workers make the
 * application by its type, since no run () of theirs knows it. */
PulsarMonitor *pulsar_monitor_new         (const char             *name,
                                           PulsarConfig           *config,
                                           GObject                *application,
                                           const PulsarOwnerFuncs *funcs,
                                           PulsarRecipe           *recipe,
                                           const GError           *recipe_error,
                                           PulsarDirectory        *directory,
                                           const char             *log_name,
                                           gboolean                by_type);

/* @done is called once, after the start or when it is ended before that: when all first workers are ready, or with what failed; then the
 * monitor is to be stopped. */
void           pulsar_monitor_await_start (PulsarMonitor          *self,
                                           PulsarMonitorDone       done,
                                           gpointer                user_data);

/* Runs the start hooks and the first workers. */
void           pulsar_monitor_start       (PulsarMonitor          *self);

/* Takes no more work: closes the listening sockets of the arbiter. The first part of a stop, for all monitors at once. */
void           pulsar_monitor_close       (PulsarMonitor          *self);

/* Ends the workers, then runs the stop hooks, by @deadline_us (monotonic). @done is called once, when nothing is left. */
void           pulsar_monitor_end         (PulsarMonitor          *self,
                                           gint64                  deadline_us,
                                           PulsarMonitorDone       done,
                                           gpointer                user_data);

/* After the end was asked for: whatever is under way is given no more time. */
void           pulsar_monitor_hurry       (PulsarMonitor          *self);

/* Why it ended by itself, or NULL. */
const GError  *pulsar_monitor_get_failure (PulsarMonitor          *self);

/* Whether it ended by itself because its workers had all ended well. */
gboolean       pulsar_monitor_has_finished (PulsarMonitor         *self);

G_END_DECLS

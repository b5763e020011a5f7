/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-application.h>
#include <pulsar-glib/application/pulsar-startup-private.h>
#include <pulsar-glib/supervision/pulsar-owner-private.h>

G_BEGIN_DECLS

/* What a library class such as a server does around the hooks of its users, in both processes. A class sets its table in class_init and
 * calls the functions of its parent's table itself; any entry may be NULL. Users never see these, so they need not chain up. */
typedef struct
{
  /* Adds the settings of the class to the configuration, before the user's register-settings. */
  void (*install_settings) (PulsarApplication *self,
                            PulsarConfig      *config);

  /* Whether it could start with its settings, as far as these alone can tell: nothing is taken, and nothing made. */
  gboolean (*check)        (PulsarApplication *self,
                            GError           **error);

  /* Whether two applications of this class could run side by side in one program. */
  gboolean (*check_beside) (PulsarApplication *self,
                            PulsarApplication *other,
                            GError           **error);

  /* Arbiter, before `configured`: checks what the settings alone can tell. */
  void (*prepare)          (PulsarApplication *self,
                            PulsarArbiter     *arbiter,
                            PulsarHook        *hook);

  /* Arbiter, before the start hooks of the monitor: takes what workers will share, such as listening sockets. */
  void (*begin)            (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarHook        *hook);

  /* Arbiter, before `actor-params`: gives a new worker its part of it. */
  void (*query_spawn)      (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarSpawn       *spawn);

  /* Worker (or the monitor with workers=0), after `worker-start` and before it is ready: begins to serve. */
  void (*worker_begin)     (PulsarApplication *self,
                            PulsarActor       *worker,
                            PulsarHook        *hook);

  /* Worker (or the monitor with workers=0), first thing at stop: takes no more work, and holds until the present work is done. */
  void (*worker_drain)     (PulsarApplication *self,
                            PulsarActor       *worker,
                            PulsarHook        *hook);

  /* Worker (or the monitor with workers=0), when information is gathered, before `worker-info`. */
  void (*worker_info)      (PulsarApplication *self,
                            PulsarActor       *worker,
                            GVariantDict      *info);

  /* Arbiter, first thing when the monitor stops: gives up what `begin` took. */
  void (*end)              (PulsarApplication *self,
                            PulsarMonitor     *monitor);

  /* It calls pulsar_application_count_request () for what it serves; else each command a worker is sent counts. */
  gboolean counts_requests;
} PulsarApplicationSlots;

/* The table of the class, without entries if it has none. */
const PulsarApplicationSlots *pulsar_application_get_slots (gpointer self);

/* What supervision calls. */
const PulsarOwnerFuncs *pulsar_application_get_owner_funcs (void);

/* Of its options in a program of several applications; NULL for the main one. */
const char    *pulsar_application_get_prefix   (PulsarApplication *self);
void           pulsar_application_set_prefix   (PulsarApplication *self,
                                                const char        *prefix);

/* The start it is part of, or NULL. */
PulsarStartup *pulsar_application_get_startup  (PulsarApplication *self);
void           pulsar_application_set_startup  (PulsarApplication *self,
                                                PulsarStartup     *startup);
void           pulsar_application_start_ended  (PulsarApplication *self,
                                                const GError      *error);

void           pulsar_application_prepare      (PulsarApplication *self,
                                                PulsarArbiter     *arbiter,
                                                PulsarHook        *hook);

/* What it lives as from now until that has ended. */
void           pulsar_application_set_actor    (PulsarApplication *self,
                                                PulsarActor       *actor);

/* A monitor of it: (transfer full). Its workers make the application by its type if @by_type, since no run () of theirs knows it. */
PulsarMonitor *pulsar_application_make_monitor (PulsarApplication *self,
                                                PulsarArbiter     *arbiter,
                                                gboolean           by_type);

/* Returns the application through @task (taken) when its start has ended, or what ended it. */
void           pulsar_application_wait         (PulsarApplication *self,
                                                GTask             *task);

/* Registers the command `get-application`, by which other processes learn of applications. */
void           pulsar_application_install_commands (void);

/* The application this worker lives as, or NULL. */
PulsarApplication *pulsar_program_get_worker_application (void);

G_END_DECLS

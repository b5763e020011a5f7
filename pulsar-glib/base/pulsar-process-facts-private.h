/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What /proc tells about one process at one moment. */
typedef struct
{
  guint64 rss;         /* bytes resident */
  double cpu_seconds;  /* user and system, all threads */
  gint64 uptime;       /* microseconds since the process was started */
  int parent_pid;
  int group;           /* process group */
  guint n_threads;
  char state;          /* R, S, D, T, Z, … */
} PulsarProcessFacts;

/* In all of them a @pid of 0 is this process; a process that is gone gives G_IO_ERROR_NOT_FOUND. */
gboolean pulsar_process_facts_read      (PulsarProcessFacts *facts,
                                         int                 pid,
                                         GError            **error);

/* Bytes resident, pages shared with others counted in part. The kernel walks the page tables for it: not cheap. */
gboolean pulsar_process_read_pss        (int                 pid,
                                         guint64            *pss,
                                         GError            **error);

gboolean pulsar_process_count_fds       (int                 pid,
                                         guint              *n_fds,
                                         GError            **error);

/* The process ids of the children, zombies among them, in no order. */
GArray  *pulsar_process_list_children   (int                 pid,
                                         GError            **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

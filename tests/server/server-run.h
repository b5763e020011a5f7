/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

#include "line-server.h"

G_BEGIN_DECLS

/* This test program, started as a server, and what it said so far. */
typedef struct
{
  const char * const *wrapper;  /* (nullable) a command to start it with, set before the start */
  GSubprocess *process;
  GDataInputStream *output;
  GPtrArray *addresses;         /* (element-type GSocketAddress) those it listens on, in order */
} ServerRun;

/* Returns when the server listens on @n_addresses. */
void   server_run_start_full     (ServerRun          *server,
                                  guint               n_addresses,
                                  const char         *face,
                                  const char * const *arguments);

#define server_run_start(server, ...)                                                          \
  server_run_start_full (server, 1, LINE_SERVER_FACE,                                          \
                         (const char * const[]) { "--bind=127.0.0.1:0", __VA_ARGS__, NULL })

/* Ends it by force, if it is there still. */
void   server_run_stop           (ServerRun          *server);
pid_t  server_run_get_pid        (ServerRun          *server);
void   server_run_signal         (ServerRun          *server,
                                  int                 signal_number);
void   server_run_wait_for_text  (ServerRun          *server,
                                  const char         *text);

/* Waits for the end of the server and of all its workers, which hold the pipe. Returns what they said last. */
char  *server_run_wait_for_end   (ServerRun          *server,
                                  int                 status);

/* Such a server ends at once with @status and says both. */
void   server_run_assert_fails   (const char         *address,
                                  int                 status,
                                  const char         *said,
                                  const char         *said_too);

/* Clients of the address with that number; -1 if it is refused. */
int    server_run_try_connect    (ServerRun          *server,
                                  guint               index);
int    server_run_open_client    (ServerRun          *server);

/* Two clients of two different workers. */
void   server_run_open_pair      (ServerRun          *server,
                                  int                 clients[2],
                                  pid_t               pids[2]);

/* One question, one answer; NULL when the connection ends. */
char  *line_client_ask           (int                 client,
                                  const char         *question);
void   line_client_assert_answer (int                 client,
                                  const char         *question,
                                  const char         *wanted);
pid_t  line_client_ask_pid       (int                 client);
void   line_client_assert_ended  (int                 client);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ServerRun, server_run_stop)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A run of the helper program tests/child/app.c: what it writes are events to wait for, what it reads are commands. */
typedef struct _TestProgram TestProgram;

/* @main: the mode of its main (APP_MAIN), NULL for a plain run (). The rest are arguments, NULL at the end. */
TestProgram *test_program_start    (const char  *main_mode,
                                    ...) G_GNUC_NULL_TERMINATED;

/* The next one is started with this variable in its environment too. */
void         test_program_set_next (const char  *variable,
                                    const char  *value);

/* The next one is started by this command, which ends with NULL and has to live as long as it. */
void         test_program_set_next_wrapper (const char * const *command);

/* Waits for a line that matches the glob @pattern, and takes it out of those that are there. */
char        *test_program_wait     (TestProgram *self,
                                    const char  *pattern);
void         test_program_expect   (TestProgram *self,
                                    const char  *pattern);

/* The same; returns the last number of the line. */
int          test_program_wait_pid (TestProgram *self,
                                    const char  *pattern);

/* How many lines that were not taken match, now. */
guint        test_program_count    (TestProgram *self,
                                    const char  *pattern);

/* Where among the lines that were not taken the first that matches stands, or G_MAXUINT. */
guint        test_program_find     (TestProgram *self,
                                    const char  *pattern);

/* Waits for a line of the log. */
void         test_program_expect_log (TestProgram *self,
                                      const char  *pattern);

void         test_program_send     (TestProgram *self,
                                    const char  *format,
                                    ...) G_GNUC_PRINTF (2, 3);

/* Lets @n processes go on that wait at the gate. */
void         test_program_open_gate (TestProgram *self,
                                     guint        n);
int          test_program_get_pid  (TestProgram *self);

/* Returns when the process is stopped (SIGSTOP). */
void         test_program_wait_stopped (int pid);

/* Returns when the process is gone and its parent knows. */
void         test_program_wait_gone   (int pid);

/* Waits until neither the program nor any of its processes is left, checks that nothing was left behind or went wrong unnoticed, and frees.
 * A negative @status is a signal that ended the arbiter. */
void         test_program_finish   (TestProgram *self,
                                    int          status);

/* Sends SIGTERM before. */
void         test_program_stop     (TestProgram *self);

G_END_DECLS

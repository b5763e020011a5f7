/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A page of memory on which the workers of one server tell each other how many connections they took and whether they sleep in
 * their main loops, so that idle ones take turns. It is advice only: wrong figures on it cost time, never a connection. */
typedef struct _PulsarAcceptBoard PulsarAcceptBoard;

/* The descriptor of a new, empty board, close-on-exec; -1 with an error. */
int                pulsar_accept_board_create      (GError            **error);

/* Maps the board behind @fd, which stays the caller's, and claims a slot on it. */
PulsarAcceptBoard *pulsar_accept_board_open        (int                 fd,
                                                    GError            **error) G_GNUC_WARN_UNUSED_RESULT;
void               pulsar_accept_board_free        (PulsarAcceptBoard  *self);

/* The main loop of this worker is about to wait for events; it has some. */
void               pulsar_accept_board_sleep       (PulsarAcceptBoard  *self);
void               pulsar_accept_board_wake        (PulsarAcceptBoard  *self);

/* This worker took a connection. */
void               pulsar_accept_board_count       (PulsarAcceptBoard  *self);

/* How many connections less than this worker those others have had, in all, who sleep and so are being woken for one too. */
guint64            pulsar_accept_board_get_lead    (PulsarAcceptBoard  *self);

/* A connection that was left to them is still there: they are not counted again before they show life. */
void               pulsar_accept_board_pass_failed (PulsarAcceptBoard  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarAcceptBoard, pulsar_accept_board_free)

G_END_DECLS

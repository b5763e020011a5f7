/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A test program with these faces, as with a line server: started with one of them as its first argument it is a server of
 * datagrams. It answers text:
 *
 *   pid, actor, addresses   what they say
 *   info                    how many datagrams were received, sent and too large, and whether the kernel dropped any
 *   error                   that of the last answer
 *   huge                    more than can be sent
 *   flood                   datagrams until one cannot be sent
 *   to PORT                 an answer to another address
 *   at the end              an answer in the last hook
 *   block FIFO              none: the worker hangs until whoever opens the FIFO for writing closes it
 *
 * and anything else with the text itself. */
#define DATAGRAM_FACE "--serve"

/* Answers “welcome”; a server without a class of its own. */
#define DATAGRAM_FACE_CALLABLE "--serve-callable"

/* First thing in main. Returns FALSE in the test; TRUE in a server that has ended. */
gboolean datagram_face_main (int    argc,
                             char **argv,
                             int   *status);

G_END_DECLS

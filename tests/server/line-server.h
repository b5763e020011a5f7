/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A test program with these faces: started with one of them as its first argument it is a server, and else the test that
 * starts it as such. The server answers lines of text:
 *
 *   pid, addresses, actor, ends    what they say
 *   tls                            the version of TLS and the name in the certificate of the client
 *   info                           how many connections are open, and how many were accepted
 *   environment                    the variables that begin with LISTEN_, or “none”
 *   rss, cpu                       the resident memory in bytes, the processor time in milliseconds
 *   much                           64 MiB
 *   close on draining              is closed when the worker stops
 *   bye on draining                gets “bye” when the worker stops, and is closed
 *   flood                          lines without end, as fast as they are read
 *   flooded                        how many bytes of them went out, over all connections
 *   stop reading                   nothing is read any more
 *   hang                           the worker is in a loop
 *
 * and anything else with the line itself. */
#define LINE_SERVER_FACE "--serve"

/* Greets and closes; a server without a class of its own. */
#define LINE_SERVER_FACE_CALLABLE "--serve-callable"

/* First thing in main. Returns FALSE in the test; TRUE in a server that has ended. */
gboolean line_server_main (int    argc,
                           char **argv,
                           int   *status);

G_END_DECLS

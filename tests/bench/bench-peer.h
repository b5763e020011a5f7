/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bench.h"

G_BEGIN_DECLS

/* What messages are compared with: a child process that echoes, and a way to ask it for a while. Made before anything
 * starts a thread, since the child is a fork; it ends with its parent. */
typedef struct _BenchPeer BenchPeer;

typedef struct
{
  const char *name;
  /* Both sides of the socket pair; child () does not return. */
  void   (*child) (int      fd);
  void   (*begin) (BenchPeer *peer);
  /* Returns: round trips a second. */
  double (*run)   (BenchPeer *peer,
                   gsize      size,
                   double     seconds);
} BenchPeerClass;

struct _BenchPeer
{
  const BenchPeerClass *klass;
  GPid pid;
  int fd;
  gpointer data;
};

/* A blocking ping-pong of plain read () and write (). */
extern const BenchPeerClass bench_peer_socketpair;
/* Peer-to-peer GDBus, method calls with one byte array. */
extern const BenchPeerClass bench_peer_gdbus;

BenchPeer *bench_peer_new  (const BenchPeerClass *klass);
void       bench_peer_free (BenchPeer            *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchPeer, bench_peer_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bench.h"

G_BEGIN_DECLS

/* What messages are compared with: a process that echoes, and a way to ask it for a while. Each is used in the way its
 * own documentation gives for requests and replies. Those with a child () are forks of this process: they are made
 * before anything starts a thread, and end with their parent. */
typedef struct _BenchPeer BenchPeer;

typedef struct
{
  const char *name;
  /* Echoes over its side of a socket pair until that closes. */
  void   (*child) (int      fd);
  /* (nullable) before the first run () */
  void   (*begin) (BenchPeer *peer);
  /* Returns: round trips a second. */
  double (*run)   (BenchPeer *peer,
                   gsize      size,
                   double     seconds);
  /* (nullable) at the end, in place of closing the socket */
  void   (*end)   (BenchPeer *peer);
} BenchPeerClass;

struct _BenchPeer
{
  const BenchPeerClass *klass;
  GPid pid;      /* who echoes */
  GPid asker;    /* who asks; 0: this process */
  int fd;
  gpointer data; /* (nullable) of the class */
};

/* A blocking ping-pong of plain read () and write (). */
extern const BenchPeerClass bench_peer_socketpair;
/* Peer-to-peer GDBus, method calls with one byte array. */
extern const BenchPeerClass bench_peer_gdbus;
/* ZeroMQ: REQ and REP over ipc, as its own local_lat and remote_lat. */
extern const BenchPeerClass bench_peer_zeromq;
/* nng: REQ and REP over ipc, messages passed on without a copy. */
extern const BenchPeerClass bench_peer_nng;
/* Two Erlang nodes on this host: a process of one sends a binary to a process of the other, which sends it back. */
extern const BenchPeerClass bench_peer_erlang;
/* Python's multiprocessing.Pipe, send_bytes () and recv_bytes (). */
extern const BenchPeerClass bench_peer_python;

/* Puts who echoes on @cpu, and who asks, if it is not this process, on @asker_cpu. */
void       bench_peer_pin  (BenchPeer            *peer,
                            int                   asker_cpu,
                            int                   cpu);

BenchPeer *bench_peer_new  (const BenchPeerClass *klass);
void       bench_peer_free (BenchPeer            *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchPeer, bench_peer_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-peer.h"

#include <unistd.h>
#include <zmq.h>

typedef struct
{
  void *context;
  void *socket;
} Zeromq;

/* An abstract address that only the two processes of one peer know. */
static char *
make_address (GPid pid)
{
  return g_strdup_printf ("ipc://@pulsar-glib-bench-zeromq-%d", (int) pid);
}

static void
zeromq_child (int fd)
{
  g_autofree char *address = make_address (getpid ());
  void *context = zmq_ctx_new ();
  void *socket = zmq_socket (context, ZMQ_REP);
  zmq_msg_t message;

  g_assert_cmpint (zmq_bind (socket, address), ==, 0);
  g_assert_cmpint (write (fd, "", 1), ==, 1);
  zmq_msg_init (&message);
  while (zmq_msg_recv (&message, socket, 0) >= 0)
    g_assert_cmpint (zmq_msg_send (&message, socket, 0), >=, 0);
}

static void
zeromq_begin (BenchPeer *peer)
{
  g_autofree char *address = make_address (peer->pid);
  Zeromq *zeromq = peer->data = g_new0 (Zeromq, 1);
  char bound;

  g_assert_cmpint (read (peer->fd, &bound, 1), ==, 1);
  zeromq->context = zmq_ctx_new ();
  zeromq->socket = zmq_socket (zeromq->context, ZMQ_REQ);
  g_assert_cmpint (zmq_connect (zeromq->socket, address), ==, 0);
}

static double
zeromq_run (BenchPeer *peer,
            gsize      size,
            double     seconds)
{
  Zeromq *zeromq = peer->data;
  double begin = bench_now ();
  double now;
  guint64 n = 0;
  zmq_msg_t message;

  zmq_msg_init_size (&message, size);
  do
    {
      for (guint i = 0; i < 16; i++, n++)
        g_assert_true (zmq_msg_send (&message, zeromq->socket, 0) >= 0 && zmq_msg_recv (&message, zeromq->socket, 0) >= 0);
      now = bench_now ();
    }
  while (now - begin < seconds);
  zmq_msg_close (&message);
  return (double) n / (now - begin);
}

static void
zeromq_end (BenchPeer *peer)
{
  Zeromq *zeromq = peer->data;

  zmq_close (zeromq->socket);
  zmq_ctx_term (zeromq->context);
  g_free (zeromq);
  close (peer->fd);
}

const BenchPeerClass bench_peer_zeromq = { "zeromq", zeromq_child, zeromq_begin, zeromq_run, zeromq_end };

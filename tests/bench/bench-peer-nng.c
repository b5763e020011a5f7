/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-peer.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <unistd.h>

/* An abstract address that only the two processes of one peer know. */
static char *
make_address (GPid pid)
{
  return g_strdup_printf ("abstract://pulsar-glib-bench-nng-%d", (int) pid);
}

static void
nng_child (int fd)
{
  g_autofree char *address = make_address (getpid ());
  nng_socket socket;
  nng_msg *message;

  g_assert_cmpint (nng_rep0_open (&socket), ==, 0);
  g_assert_cmpint (nng_listen (socket, address, NULL, 0), ==, 0);
  g_assert_cmpint (write (fd, "", 1), ==, 1);
  while (nng_recvmsg (socket, &message, 0) == 0)
    g_assert_cmpint (nng_sendmsg (socket, message, 0), ==, 0);
}

static void
nng_begin (BenchPeer *peer)
{
  g_autofree char *address = make_address (peer->pid);
  nng_socket *socket = peer->data = g_new0 (nng_socket, 1);
  char listening;

  g_assert_cmpint (read (peer->fd, &listening, 1), ==, 1);
  g_assert_cmpint (nng_req0_open (socket), ==, 0);
  g_assert_cmpint (nng_dial (*socket, address, NULL, 0), ==, 0);
}

static double
nng_run (BenchPeer *peer,
         gsize      size,
         double     seconds)
{
  nng_socket socket = *(nng_socket *) peer->data;
  double begin = bench_now ();
  double now;
  guint64 n = 0;
  nng_msg *message;

  g_assert_cmpint (nng_msg_alloc (&message, size), ==, 0);
  do
    {
      for (guint i = 0; i < 16; i++, n++)
        g_assert_true (nng_sendmsg (socket, message, 0) == 0 && nng_recvmsg (socket, &message, 0) == 0);
      now = bench_now ();
    }
  while (now - begin < seconds);
  nng_msg_free (message);
  return (double) n / (now - begin);
}

static void
nng_end (BenchPeer *peer)
{
  nng_close (*(nng_socket *) peer->data);
  g_free (peer->data);
  close (peer->fd);
}

const BenchPeerClass bench_peer_nng = { "nng", nng_child, nng_begin, nng_run, nng_end };

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-peer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

BenchPeer *
bench_peer_new (const BenchPeerClass *klass)
{
  BenchPeer *peer = g_new0 (BenchPeer, 1);
  int fds[2];

  peer->klass = klass;
  if (klass->child == NULL)
    return peer;
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  peer->pid = fork ();
  g_assert_cmpint (peer->pid, >=, 0);
  if (peer->pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      close (fds[0]);
      klass->child (fds[1]);
      _exit (EXIT_SUCCESS);
    }
  close (fds[1]);
  peer->fd = fds[0];
  return peer;
}

void
bench_peer_free (BenchPeer *peer)
{
  if (peer->klass->child != NULL)
    {
      kill (peer->pid, SIGKILL);
      waitpid (peer->pid, NULL, 0);
    }
  if (peer->klass->end != NULL)
    peer->klass->end (peer);
  else
    close (peer->fd);
  g_free (peer);
}

void
bench_peer_pin (BenchPeer *peer,
                int        asker_cpu,
                int        cpu)
{
  bench_pin (peer->pid, cpu);
  if (peer->asker != 0)
    bench_pin (peer->asker, asker_cpu);
}

/* Sockets */

static gboolean
read_all (int     fd,
          guint8 *data,
          gsize   size)
{
  while (size > 0)
    {
      gssize n = read (fd, data, size);

      if (n <= 0)
        return FALSE;
      data += n;
      size -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_all (int           fd,
           const guint8 *data,
           gsize         size)
{
  while (size > 0)
    {
      gssize n = write (fd, data, size);

      if (n <= 0)
        return FALSE;
      data += n;
      size -= (gsize) n;
    }
  return TRUE;
}

static void
socketpair_child (int fd)
{
  g_autofree guint8 *data = NULL;
  guint32 size;

  /* The first four bytes of each run say how long its messages are; one that says nothing ends it. */
  while (read_all (fd, (guint8 *) &size, sizeof size))
    {
      g_free (data);
      data = g_malloc (size);
      do
        {
          if (!read_all (fd, data, size) || !write_all (fd, data, size))
            return;
        }
      while (data[0] != 0);
    }
}

static double
socketpair_run (BenchPeer *peer,
                gsize      size,
                double     seconds)
{
  g_autofree guint8 *data = g_malloc0 (size);
  guint32 told = (guint32) size;
  double begin;
  double now;
  guint64 n = 0;

  g_assert_true (write_all (peer->fd, (const guint8 *) &told, sizeof told));
  begin = bench_now ();
  data[0] = 1;
  do
    {
      /* Looking at the clock is no part of a ping-pong. */
      for (guint i = 0; i < (size > 4096 ? 4 : 64); i++, n++)
        g_assert_true (write_all (peer->fd, data, size) && read_all (peer->fd, data, size));
      now = bench_now ();
    }
  while (now - begin < seconds);
  data[0] = 0;
  g_assert_true (write_all (peer->fd, data, size) && read_all (peer->fd, data, size));
  return (double) n / (now - begin);
}

const BenchPeerClass bench_peer_socketpair = { "socketpair", socketpair_child, NULL, socketpair_run, NULL };

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-accept-source-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/server/pulsar-fd-reserve-private.h"

#define PAUSE_US (500 * G_TIME_SPAN_MILLISECOND)

/* A server that is short of descriptors stays so for a while, and must not fill its log with that. */
#define MESSAGE_INTERVAL_US (60 * G_TIME_SPAN_SECOND)

/* How long a connection that was left to another worker may stay there. Long enough for a worker that has to wait for a
 * processor; only one that does not wake up at all lets a connection wait for so long, and only once. */
#define PASS_US (10 * G_TIME_SPAN_MILLISECOND)

/* How soon to look again when it was one of several: they may be left to a worker that leaves them to this one. */
#define CROWD_US (1 * G_TIME_SPAN_MILLISECOND)

/* How many may wait at a unix socket at which there was one more after one was taken: the system does not tell. */
#define CROWD_GUESS 8

/* Workers share listening sockets. Each has the sockets in an epoll of its own, and this source polls that epoll.
 *
 * Every sleeping worker is woken for a connection: EPOLLEXCLUSIVE, which would wake one, has that effect only for callers of
 * epoll_wait (), and a main loop polls. Who is first then depends on which processor is free, and may be the same one every
 * time. So:
 *  - one connection is taken for each turn of the main loop, since a worker that takes what it finds finds everything;
 *  - after it the worker goes to the end of the socket's wait queue, by leaving the epoll and entering it again, since the
 *    head of that queue is woken first;
 *  - a worker leaves what waits to others that sleep too and have had less (see pulsar-accept-board.c) as far as it makes
 *    them even, and looks again a little later, so that a worker that died in its sleep delays nobody twice.
 * A worker that has no room for more connections is out of the epoll and does not count as asleep: what waits goes to the
 * others, or stays in the queue of the kernel until there is room.
 * The sockets are edge-triggered: one that was passed on would wake its worker again and again otherwise. */
typedef struct
{
  GSource source;
  PulsarAcceptBoard *board;  /* (owned) (nullable) */
  PulsarFdReserve reserve;   /* taken while it accepts */
  int epoll_fd;              /* (owned) */
  int *fds;                  /* (owned) (array length=n_fds) the descriptors themselves are borrowed */
  guint n_fds;
  guint n_shared;            /* the first of them; the rest is of this process alone */
  gboolean blocked;          /* no socket is in the epoll */
  int waiting_fd;            /* where more connections wait, -1 if not known */
  gint64 look_at_us;         /* when to look for what was passed on; 0: nothing was */
  gint64 pass_until_us;      /* when it should be gone */
  gint64 pause_until_us;     /* 0: not paused; else no socket is in the epoll */
  gint64 last_message_us;    /* 0: none yet */
  guint64 n_accepted;
  guint64 n_missed;
} AcceptSource;

static gboolean
enter_epoll (AcceptSource *self,
             int           fd)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE, .data.fd = fd };

  return epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
leave_epoll (AcceptSource *self,
             int           fd)
{
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* A socket with a connection since the last look, or -1. */
static int
look (AcceptSource *self)
{
  struct epoll_event event;

  return epoll_wait (self->epoll_fd, &event, 1, 0) == 1 ? event.data.fd : -1;
}

static void
update_ready_time (AcceptSource *self)
{
  gint64 ready_time = -1;

  if (self->blocked)
    ready_time = -1;
  else if (self->pause_until_us != 0)
    ready_time = self->pause_until_us;
  else if (self->waiting_fd >= 0)
    ready_time = 0;
  else if (self->look_at_us != 0)
    ready_time = self->look_at_us;
  g_source_set_ready_time (&self->source, ready_time);
}

/* Who does not accept leaves the wait queues too: it has no business being woken. */
static void
leave_all (AcceptSource *self)
{
  for (guint i = 0; i < self->n_fds; i++)
    leave_epoll (self, self->fds[i]);
  self->waiting_fd = -1;
  self->look_at_us = 0;
}

static void
say_pause (int saved_errno)
{
  struct rlimit limit;

  if (saved_errno == EMFILE && getrlimit (RLIMIT_NOFILE, &limit) == 0)
    g_message (_("Cannot accept connections for now: %s; open ones are served, and new ones wait; more than the %zu "
                 "descriptors that are allowed (ulimit -n) would help, or “max-connections”"),
               g_strerror (saved_errno), (gsize) limit.rlim_cur);
  else
    g_message (_("Cannot accept connections for now: %s; open ones are served, and new ones wait"), g_strerror (saved_errno));
}

static void
pause_accepting (AcceptSource *self,
                 int           saved_errno)
{
  gint64 now = g_source_get_time (&self->source);

  leave_all (self);
  pulsar_fd_reserve_release (&self->reserve);
  self->pause_until_us = now + PAUSE_US;

  if (self->last_message_us != 0 && now - self->last_message_us < MESSAGE_INTERVAL_US)
    return;
  self->last_message_us = now;
  say_pause (saved_errno);
}

/* Enters the epoll anew with every socket, so that all connections that wait are seen as new. */
static gboolean
enter_all (AcceptSource *self)
{
  for (guint i = 0; i < self->n_fds; i++)
    {
      leave_epoll (self, self->fds[i]);
      if (!enter_epoll (self, self->fds[i]))
        return FALSE;
    }
  return TRUE;
}

/* Errors of one connection, which was gone before it was accepted; accept (2) asks to treat them as if there were none. */
static gboolean
is_connection_error (int saved_errno)
{
  switch (saved_errno)
    {
    case EAGAIN:  /* another worker was quicker */
    case EINTR:
    case ECONNABORTED:
    case EPERM:  /* forbidden by a firewall */
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ETIMEDOUT:
      return TRUE;
    default:
      return FALSE;
    }
}

/* To the end of the wait queue. What was passed on at another socket shows again where it still waits. */
static gboolean
enter_again (AcceptSource *self,
             int           listening_fd)
{
  if (self->look_at_us != 0)
    {
      self->look_at_us = 0;
      return enter_all (self);
    }
  leave_epoll (self, listening_fd);
  return enter_epoll (self, listening_fd);
}

static int
accept_from (AcceptSource *self,
             int           listening_fd)
{
  int fd = accept4 (listening_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  int saved_errno = errno;

  if (fd >= 0)
    {
      self->n_accepted++;
      if (self->board != NULL)
        pulsar_accept_board_count (self->board);
    }
  else if (saved_errno == EAGAIN)
    {
      self->n_missed++;
    }
  else if (!is_connection_error (saved_errno))
    {
      pause_accepting (self, saved_errno);
      return -1;
    }

  if (enter_again (self, listening_fd))
    self->waiting_fd = look (self);
  else
    pause_accepting (self, errno);
  return fd;
}

/* How many connections wait; of a listening TCP socket, tcpi_unacked says that. 0: nobody says it of a unix socket. */
static guint
get_n_waiting (int fd)
{
  struct tcp_info info = { 0 };
  socklen_t length = sizeof info;

  if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
    return 0;
  return MAX (info.tcpi_unacked, 1);
}

static gboolean
is_shared (AcceptSource *self,
           int           fd)
{
  for (guint i = 0; i < self->n_shared; i++)
    {
      if (self->fds[i] == fd)
        return TRUE;
    }
  return FALSE;
}

static gboolean
should_pass (AcceptSource *self,
             int           fd,
             gboolean      crowd)
{
  guint64 lead = self->board != NULL ? pulsar_accept_board_get_lead (self->board) : 0;
  guint n_waiting;
  gint64 now;

  if (lead == 0 || !is_shared (self, fd))
    return FALSE;
  n_waiting = get_n_waiting (fd);
  if (n_waiting == 0)
    n_waiting = crowd ? CROWD_GUESS : 1;
  if (lead < n_waiting)
    return FALSE;

  now = g_source_get_time (&self->source);
  if (self->look_at_us == 0)
    self->pass_until_us = now + PASS_US;
  else if (now >= self->pass_until_us)
    return FALSE;
  self->look_at_us = n_waiting > 1 ? MIN (now + CROWD_US, self->pass_until_us) : self->pass_until_us;
  return TRUE;
}

/* It is time to see whether what was passed on is gone. Returns a socket where it is not, or -1. */
static int
look_again (AcceptSource *self)
{
  gint64 now = g_source_get_time (&self->source);
  int fd;

  if (!enter_all (self))
    {
      pause_accepting (self, errno);
      return -1;
    }
  fd = look (self);
  if (fd < 0)
    self->look_at_us = 0;
  else if (now >= self->pass_until_us)
    pulsar_accept_board_pass_failed (self->board);
  return fd;
}

/* The socket to accept from now, or -1. */
static int
choose_socket (AcceptSource *self)
{
  int fd = self->waiting_fd;
  gboolean crowd = fd >= 0;

  self->waiting_fd = -1;
  if (fd < 0)
    fd = look (self);
  if (fd < 0 && self->look_at_us != 0 && g_source_get_time (&self->source) >= self->look_at_us)
    fd = look_again (self);
  else if (fd < 0 && self->look_at_us == 0)
    self->n_missed++;

  if (fd < 0)
    return -1;
  if (should_pass (self, fd, crowd))
    {
      self->n_missed++;
      return -1;
    }
  return fd;
}

static gboolean
accept_source_dispatch (GSource     *source,
                        GSourceFunc  callback,
                        gpointer     user_data)
{
  AcceptSource *self = (AcceptSource *) source;
  int listening_fd;
  int fd = -1;

  if (self->blocked)
    {
      /* A wake-up that was on its way. */
    }
  else if (self->pause_until_us != 0 && !pulsar_fd_reserve_take (&self->reserve))
    {
      self->pause_until_us = g_source_get_time (source) + PAUSE_US;
    }
  else if (self->pause_until_us != 0)
    {
      self->pause_until_us = 0;
      if (!enter_all (self))
        pause_accepting (self, errno);
    }
  else
    {
      listening_fd = choose_socket (self);
      if (listening_fd >= 0)
        fd = accept_from (self, listening_fd);
    }
  update_ready_time (self);

  if (fd >= 0 && callback != NULL)
    ((PulsarAcceptFunc) (void (*) (void)) callback) (fd, user_data);
  else if (fd >= 0)
    close (fd);
  return G_SOURCE_CONTINUE;
}

static gboolean
accept_source_prepare (GSource *source,
                       int     *timeout_ms)
{
  AcceptSource *self = (AcceptSource *) source;

  *timeout_ms = -1;
  if (self->board != NULL && !self->blocked && self->pause_until_us == 0)
    pulsar_accept_board_sleep (self->board);
  return FALSE;  /* the descriptor and the ready time decide */
}

static gboolean
accept_source_check (GSource *source)
{
  AcceptSource *self = (AcceptSource *) source;

  if (self->board != NULL)
    pulsar_accept_board_wake (self->board);
  return FALSE;
}

static void
accept_source_finalize (GSource *source)
{
  AcceptSource *self = (AcceptSource *) source;

  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  pulsar_fd_reserve_release (&self->reserve);
  g_clear_pointer (&self->board, pulsar_accept_board_free);
  g_free (self->fds);
}

static GSourceFuncs accept_source_funcs = {
  .prepare = accept_source_prepare,
  .check = accept_source_check,
  .dispatch = accept_source_dispatch,
  .finalize = accept_source_finalize,
};

GSource *
pulsar_accept_source_new (const int          *fds,
                          guint               n_fds,
                          guint               n_shared,
                          PulsarAcceptBoard  *board,
                          GError            **error)
{
  g_autoptr(GSource) source = g_source_new (&accept_source_funcs, sizeof (AcceptSource));
  AcceptSource *self = (AcceptSource *) source;

  g_source_set_static_name (source, "[pulsar] accept");
  g_source_set_can_recurse (source, TRUE);  /* else each dispatch takes the epoll out of the poll and wakes the context */
  self->fds = g_memdup2 (fds, n_fds * sizeof *fds);
  self->n_fds = n_fds;
  self->n_shared = n_shared;
  self->board = board;
  self->waiting_fd = -1;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Cannot wait for connections: %s"), g_strerror (errno));
      return NULL;
    }
  for (guint i = 0; i < n_fds; i++)
    {
      if (!enter_epoll (self, fds[i]))
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                       _("Cannot wait for connections: %s"), g_strerror (errno));
          return NULL;
        }
    }
  pulsar_fd_reserve_take (&self->reserve);  /* without it all works, except where descriptors run out */
  g_source_add_unix_fd (source, self->epoll_fd, G_IO_IN);
  return g_steal_pointer (&source);
}

void
pulsar_accept_source_set_blocked (GSource  *source,
                                  gboolean  blocked)
{
  AcceptSource *self = (AcceptSource *) source;

  g_assert (source->source_funcs == &accept_source_funcs);

  if (self->blocked == blocked)
    return;
  self->blocked = blocked;
  if (blocked)
    leave_all (self);
  else if (self->pause_until_us == 0 && !enter_all (self))
    pause_accepting (self, errno);
  update_ready_time (self);
}

int
pulsar_accept_source_take_remaining (GSource *source)
{
  AcceptSource *self = (AcceptSource *) source;

  g_assert (source->source_funcs == &accept_source_funcs);

  for (guint i = self->n_shared; i < self->n_fds; i++)
    {
      int fd = accept4 (self->fds[i], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

      if (fd < 0)
        continue;
      self->n_accepted++;
      return fd;
    }
  return -1;
}

guint64
pulsar_accept_source_get_n_accepted (GSource *source)
{
  g_assert (source->source_funcs == &accept_source_funcs);
  return ((AcceptSource *) source)->n_accepted;
}

guint64
pulsar_accept_source_get_n_missed (GSource *source)
{
  g_assert (source->source_funcs == &accept_source_funcs);
  return ((AcceptSource *) source)->n_missed;
}

gboolean
pulsar_accept_source_is_paused (GSource *source)
{
  g_assert (source->source_funcs == &accept_source_funcs);
  return ((AcceptSource *) source)->pause_until_us != 0;
}

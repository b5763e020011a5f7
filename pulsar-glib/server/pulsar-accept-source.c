/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-accept-source-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"

#define PAUSE_US (500 * G_TIME_SPAN_MILLISECOND)

/* A server that is short of descriptors stays so for a while, and must not fill its log with that. */
#define MESSAGE_INTERVAL_US (60 * G_TIME_SPAN_SECOND)

/* Workers share listening sockets. Each has the sockets in an epoll of its own with EPOLLEXCLUSIVE, and this source polls
 * that epoll. Two rules make the kernel share connections evenly between workers that have nothing else to do: take only one
 * connection for each wake-up (a worker that takes what it finds finds everything), and go to the end of the socket's wait
 * queue after it, by leaving the epoll and entering it again (the head of the queue gets every connection while idle). */
typedef struct
{
  GSource source;
  int epoll_fd;            /* (owned) */
  int *fds;                /* (owned) (array length=n_fds) the descriptors themselves are borrowed */
  guint n_fds;
  gboolean paused;         /* no socket is in the epoll, and the ready time is set */
  gint64 last_message_us;  /* 0: none yet */
  guint64 n_accepted;
  guint64 n_missed;
} AcceptSource;

static gboolean
enter_epoll (AcceptSource *self,
             int           fd)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = fd };

  return epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
leave_epoll (AcceptSource *self,
             int           fd)
{
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* A paused worker leaves the wait queues too, so that no wake-up meant for a worker with descriptors is spent on it. */
static void
pause_accepting (AcceptSource *self,
                 int           saved_errno)
{
  gint64 now = g_source_get_time (&self->source);

  for (guint i = 0; i < self->n_fds; i++)
    leave_epoll (self, self->fds[i]);
  self->paused = TRUE;
  g_source_set_ready_time (&self->source, now + PAUSE_US);

  if (self->last_message_us != 0 && now - self->last_message_us < MESSAGE_INTERVAL_US)
    return;
  self->last_message_us = now;
  g_message (_("Cannot accept connections for now: %s; open ones are served, and new ones wait"),
             g_strerror (saved_errno));
}

static void
resume_accepting (AcceptSource *self)
{
  self->paused = FALSE;
  g_source_set_ready_time (&self->source, -1);
  for (guint i = 0; i < self->n_fds; i++)
    {
      if (!enter_epoll (self, self->fds[i]))
        {
          pause_accepting (self, errno);
          return;
        }
    }
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

static gboolean
accept_source_dispatch (GSource     *source,
                        GSourceFunc  callback,
                        gpointer     user_data)
{
  AcceptSource *self = (AcceptSource *) source;
  struct epoll_event event;
  int saved_errno;
  int fd;

  if (self->paused)
    {
      resume_accepting (self);
      return G_SOURCE_CONTINUE;
    }
  if (epoll_wait (self->epoll_fd, &event, 1, 0) != 1)
    {
      self->n_missed++;
      return G_SOURCE_CONTINUE;
    }

  fd = accept4 (event.data.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  saved_errno = errno;
  if (fd < 0)
    {
      if (saved_errno == EAGAIN)
        self->n_missed++;
      else if (!is_connection_error (saved_errno))
        pause_accepting (self, saved_errno);
      return G_SOURCE_CONTINUE;
    }

  leave_epoll (self, event.data.fd);
  if (!enter_epoll (self, event.data.fd))
    pause_accepting (self, errno);

  self->n_accepted++;
  if (callback != NULL)
    ((PulsarAcceptFunc) (void (*) (void)) callback) (fd, user_data);
  else
    close (fd);
  return G_SOURCE_CONTINUE;
}

static void
accept_source_finalize (GSource *source)
{
  AcceptSource *self = (AcceptSource *) source;

  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  g_free (self->fds);
}

static GSourceFuncs accept_source_funcs = {
  .dispatch = accept_source_dispatch,
  .finalize = accept_source_finalize,
};

GSource *
pulsar_accept_source_new (const int  *fds,
                          guint       n_fds,
                          GError    **error)
{
  g_autoptr(GSource) source = g_source_new (&accept_source_funcs, sizeof (AcceptSource));
  AcceptSource *self = (AcceptSource *) source;

  g_source_set_static_name (source, "[pulsar] accept");
  self->fds = g_memdup2 (fds, n_fds * sizeof *fds);
  self->n_fds = n_fds;
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
  g_source_add_unix_fd (source, self->epoll_fd, G_IO_IN);
  return g_steal_pointer (&source);
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
  return ((AcceptSource *) source)->paused;
}

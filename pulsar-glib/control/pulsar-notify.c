/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/control/pulsar-notify-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "pulsar-glib/log/pulsar-log-private.h"

#define VARIABLE "NOTIFY_SOCKET"

/* What has to arrive may wait that long for a service manager that is busy; the program must not hang because of it. */
#define PATIENCE_S 2

struct _PulsarNotify
{
  struct sockaddr_un address;
  socklen_t length;
  gboolean is_broken;  /* the user knows it */
};

PulsarNotify *
pulsar_notify_new (void)
{
  const char *text = secure_getenv (VARIABLE);
  gsize size = text != NULL ? strlen (text) : 0;
  PulsarNotify *self;

  if (size == 0)
    return NULL;
  if ((*text != '/' && *text != '@') || size < 2)
    {
      pulsar_log (PULSAR_LOG_WARNING, _("The variable %s is “%s”, which is not the address of a socket: that is a path or begins with “@”"),
                  VARIABLE, text);
      return NULL;
    }

  self = g_new0 (PulsarNotify, 1);
  if (size >= sizeof self->address.sun_path)
    {
      pulsar_log (PULSAR_LOG_WARNING, _("The address in the variable %s has %zu bytes, and at most %zu are allowed"),
                  VARIABLE, size, sizeof self->address.sun_path - 1);
      g_free (self);
      return NULL;
    }
  self->address.sun_family = AF_UNIX;
  memcpy (self->address.sun_path, text, size);
  self->length = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + size);
  if (*text == '@')
    self->address.sun_path[0] = '\0';
  else
    self->length++;
  return self;
}

static int
send_datagram (PulsarNotify      *self,
               const char        *text,
               int                passed_fd,
               PulsarNotifyFlags  flags)
{
  const struct timeval patience = { .tv_sec = PATIENCE_S };
  struct iovec bytes = { .iov_base = (char *) text, .iov_len = strlen (text) };
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct msghdr message = {
    .msg_name = &self->address,
    .msg_namelen = self->length,
    .msg_iov = &bytes,
    .msg_iovlen = 1,
  };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int result = 0;

  if (fd < 0)
    return errno;
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (passed_fd >= 0)
    {
      struct cmsghdr *first;

      message.msg_control = control.room;
      message.msg_controllen = sizeof control.room;
      first = CMSG_FIRSTHDR (&message);
      first->cmsg_level = SOL_SOCKET;
      first->cmsg_type = SCM_RIGHTS;
      first->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (first), &passed_fd, sizeof (int));
    }
  if (sendmsg (fd, &message, MSG_NOSIGNAL | ((flags & PULSAR_NOTIFY_SKIP_IF_FULL) != 0 ? MSG_DONTWAIT : 0)) < 0)
    result = errno;
  close (fd);
  return result;
}

void
pulsar_notify_send (PulsarNotify      *self,
                    const char        *text,
                    int                fd,
                    PulsarNotifyFlags  flags)
{
  int result;

  do
    result = send_datagram (self, text, fd, flags);
  while (result == EINTR);

  if (result == 0)
    {
      self->is_broken = FALSE;
      return;
    }
  if (((flags & PULSAR_NOTIFY_SKIP_IF_FULL) != 0 && result == EAGAIN) || self->is_broken)
    return;
  self->is_broken = TRUE;
  pulsar_log (PULSAR_LOG_WARNING, _("The service manager cannot be told “%s” at %s: %s"), text, secure_getenv (VARIABLE),
              g_strerror (result));
}

void
pulsar_notify_free (PulsarNotify *self)
{
  g_free (self);
}

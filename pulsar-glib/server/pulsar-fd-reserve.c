/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-fd-reserve-private.h"

#include <fcntl.h>
#include <unistd.h>

/* The reserve is this part of the descriptors that are free. */
#define PART 4

/* Returns how many of @wanted there are. */
static guint
open_fds (int   *fds,
          guint  wanted)
{
  guint n_fds = 0;

  while (n_fds < wanted
         && (fds[n_fds] = n_fds == 0 ? open ("/", O_PATH | O_CLOEXEC) : fcntl (fds[0], F_DUPFD_CLOEXEC, 0)) >= 0)
    n_fds++;
  return n_fds;
}

static void
close_fds (const int *fds,
           guint      n_fds)
{
  for (guint i = 0; i < n_fds; i++)
    close (fds[i]);
}

static void
choose_size (PulsarFdReserve *self)
{
  int fds[PULSAR_FD_RESERVE_MAX * PART];
  struct rlimit limit = { 0 };
  guint n_free;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == self->limit)
    return;
  pulsar_fd_reserve_release (self);
  n_free = open_fds (fds, G_N_ELEMENTS (fds));
  close_fds (fds, n_free);
  self->size = n_free / PART;
  self->limit = limit.rlim_cur;
}

gboolean
pulsar_fd_reserve_take (PulsarFdReserve *self)
{
  int fds[PULSAR_FD_RESERVE_MAX + 1];
  guint n_fds;

  choose_size (self);
  if (self->n_held == self->size)
    return TRUE;

  pulsar_fd_reserve_release (self);
  n_fds = open_fds (fds, self->size + 1);
  if (n_fds <= self->size)
    {
      close_fds (fds, n_fds);
      return FALSE;
    }
  close (fds[self->size]);
  for (guint i = 0; i < self->size; i++)
    self->fds[i] = fds[i];
  self->n_held = self->size;
  return TRUE;
}

void
pulsar_fd_reserve_release (PulsarFdReserve *self)
{
  close_fds (self->fds, self->n_held);
  self->n_held = 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-accept-board-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"

#define N_SLOTS 255

/* How far behind the others a worker may be remembered to be. One that was busy for an hour must not get every connection of
 * the next one. */
#define MAX_LAG 64

/* A cache line each: a worker writes its own twice in every turn of its main loop. */
typedef struct
{
  gint32 pid;     /* 0: free */
  guint32 turns;  /* odd while the main loop sleeps; never the same twice in a row */
  guint64 taken;
  guint8 unused[48];
} Slot;

G_STATIC_ASSERT (sizeof (Slot) == 64);

typedef struct
{
  guint32 n_used;  /* no slot from here on was ever claimed */
  guint8 unused[60];
  Slot slots[N_SLOTS];
} Page;

struct _PulsarAcceptBoard
{
  Page *page;
  Slot *own;                 /* (nullable) in the page; NULL when there are more workers than slots */
  guint32 relied[N_SLOTS];   /* the turns of those in the last lead, else 0 */
  guint32 doubted[N_SLOTS];  /* the turns of those who were relied on in vain, else 0 */
};

int
pulsar_accept_board_create (GError **error)
{
  int fd = memfd_create ("pulsar-accept-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && ftruncate (fd, sizeof (Page)) == 0
      && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return fd;

  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
               _("Cannot make memory that workers share: %s"), g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static Slot *
claim_slot (Page *page)
{
  gint32 own_pid = (gint32) getpid ();

  for (guint i = 0; i < N_SLOTS; i++)
    {
      Slot *slot = &page->slots[i];
      gint32 pid = __atomic_load_n (&slot->pid, __ATOMIC_RELAXED);
      guint32 n_used;

      if (pid != 0 && (kill (pid, 0) == 0 || errno != ESRCH))
        continue;
      if (!__atomic_compare_exchange_n (&slot->pid, &pid, own_pid, FALSE, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        continue;

      n_used = __atomic_load_n (&page->n_used, __ATOMIC_RELAXED);
      while (n_used < i + 1
             && !__atomic_compare_exchange_n (&page->n_used, &n_used, i + 1, FALSE, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        ;
      return slot;
    }
  return NULL;
}

static guint
get_n_used (PulsarAcceptBoard *self)
{
  return MIN (__atomic_load_n (&self->page->n_used, __ATOMIC_RELAXED), N_SLOTS);
}

static guint64
get_most_taken (PulsarAcceptBoard *self)
{
  guint n_used = get_n_used (self);
  guint64 most = 0;

  for (guint i = 0; i < n_used; i++)
    {
      Slot *slot = &self->page->slots[i];

      if (slot != self->own && __atomic_load_n (&slot->pid, __ATOMIC_RELAXED) != 0)
        most = MAX (most, __atomic_load_n (&slot->taken, __ATOMIC_RELAXED));
    }
  return most;
}

PulsarAcceptBoard *
pulsar_accept_board_open (int      fd,
                          GError **error)
{
  g_autoptr(PulsarAcceptBoard) self = NULL;
  struct stat status;
  void *page;

  /* A mapping beyond the end of the file would be a bus error. */
  if (fstat (fd, &status) != 0 || status.st_size != sizeof (Page))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Descriptor %d is not memory that workers share"), fd);
      return NULL;
    }
  page = mmap (NULL, sizeof (Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Cannot map memory that workers share: %s"), g_strerror (errno));
      return NULL;
    }

  self = g_new0 (PulsarAcceptBoard, 1);
  self->page = page;
  self->own = claim_slot (self->page);
  if (self->own != NULL)
    {
      /* A new worker takes turns from now on: it has no arrears. */
      __atomic_store_n (&self->own->taken, get_most_taken (self), __ATOMIC_RELAXED);
      __atomic_store_n (&self->own->turns, 2, __ATOMIC_RELAXED);
    }
  return g_steal_pointer (&self);
}

void
pulsar_accept_board_free (PulsarAcceptBoard *self)
{
  if (self->own != NULL)
    {
      pulsar_accept_board_wake (self);
      __atomic_store_n (&self->own->pid, 0, __ATOMIC_RELEASE);
    }
  munmap (self->page, sizeof (Page));
  g_free (self);
}

/* Only this process writes the slot, so reading and writing need not be one step. */
static void
set_asleep (PulsarAcceptBoard *self,
            gboolean           asleep)
{
  guint32 turns;

  if (self->own == NULL)
    return;
  turns = __atomic_load_n (&self->own->turns, __ATOMIC_RELAXED);
  if ((turns & 1) != (asleep ? 1 : 0))
    __atomic_store_n (&self->own->turns, turns + 1, __ATOMIC_RELEASE);
}

void
pulsar_accept_board_sleep (PulsarAcceptBoard *self)
{
  set_asleep (self, TRUE);
}

void
pulsar_accept_board_wake (PulsarAcceptBoard *self)
{
  set_asleep (self, FALSE);
}

void
pulsar_accept_board_count (PulsarAcceptBoard *self)
{
  guint64 taken, most;

  if (self->own == NULL)
    return;
  taken = __atomic_load_n (&self->own->taken, __ATOMIC_RELAXED) + 1;
  most = get_most_taken (self);
  if (most > MAX_LAG)
    taken = MAX (taken, most - MAX_LAG);
  __atomic_store_n (&self->own->taken, taken, __ATOMIC_RELEASE);
}

guint64
pulsar_accept_board_get_lead (PulsarAcceptBoard *self)
{
  guint64 lead = 0;
  guint64 own_taken;
  guint n_used;

  if (self->own == NULL)
    return 0;

  own_taken = __atomic_load_n (&self->own->taken, __ATOMIC_RELAXED);
  n_used = get_n_used (self);
  for (guint i = 0; i < n_used; i++)
    {
      Slot *slot = &self->page->slots[i];
      guint32 turns = __atomic_load_n (&slot->turns, __ATOMIC_ACQUIRE);
      guint64 taken = __atomic_load_n (&slot->taken, __ATOMIC_RELAXED);

      self->relied[i] = 0;
      if (slot == self->own || (turns & 1) == 0 || turns == self->doubted[i] || taken >= own_taken
          || __atomic_load_n (&slot->pid, __ATOMIC_RELAXED) == 0)
        continue;
      self->relied[i] = turns;
      lead += own_taken - taken;
    }
  return lead;
}

void
pulsar_accept_board_pass_failed (PulsarAcceptBoard *self)
{
  for (guint i = 0; i < N_SLOTS; i++)
    {
      if (self->relied[i] == 0)
        continue;
      self->doubted[i] = self->relied[i];
      self->relied[i] = 0;
    }
}

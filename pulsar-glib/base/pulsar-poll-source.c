/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/base/pulsar-poll-source-private.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

/* So many of a context that are busy have a GSource of their own. */
#define OWN_MAX 8

/* What one turn takes at most; the others are ready in the next one. */
#define BATCH_MAX 64

typedef struct
{
  GSource source;
  PulsarPollSource *poll;  /* (nullable) NULL once it was freed */
} OwnSource;

struct _PulsarPollSource
{
  PulsarPoller *poller;    /* (owned) */
  const PulsarPollFuncs *funcs;
  gpointer user_data;
  int fd;
  gint64 ready_time;

  /* As a source of its own … */
  OwnSource *own;          /* (owned) (nullable) */
  gpointer tag;            /* (nullable) of fd there */

  /* … or in the poller. */
  GSequenceIter *time;     /* (nullable) in its times */
  gboolean again;          /* in its list of those to be asked before it polls */
};

/* What a turn found. A callback may free any of them, also from a main loop inside. */
typedef struct _Batch
{
  struct
  {
    PulsarPollSource *source;  /* (nullable) NULL once it was dispatched or freed */
    GIOCondition condition;
    gboolean is_due;           /* found by its time alone */
  } entries[BATCH_MAX];
  guint n;
  struct _Batch *outer;
} Batch;

typedef struct
{
  GSource source;
  PulsarPoller *poller;
} SharedSource;

/* PulsarPoller: all PulsarPollSources of one context, and the GSource of those that have none. */
struct _PulsarPoller
{
  guint ref_count;                 /* of its sources, and of what runs */
  GMainContext *context;           /* (owned) */
  guint n_own;
  SharedSource *shared;            /* (owned) (nullable) with the first source that shares it */
  int epoll_fd;                    /* (owned) -1 as long as there is none */
  gpointer tag;                    /* of epoll_fd in shared */
  GSequence *times;                /* (element-type PulsarPollSource) (unowned) the earliest first */
  GPtrArray *again;                /* (element-type PulsarPollSource) (unowned) */
  Batch *batches;                  /* on the stack, the innermost first */
  PulsarPollDispatch *dispatches;  /* likewise */
};

/* One for each context this thread has sources in: nearly always one. */
static GPrivate pollers_key = G_PRIVATE_INIT ((GDestroyNotify) g_ptr_array_unref);

static PulsarPoller *
poller_ref (PulsarPoller *self)
{
  self->ref_count++;
  return self;
}

static void
poller_unref (PulsarPoller *self)
{
  if (--self->ref_count > 0)
    return;

  g_ptr_array_remove_fast (g_private_get (&pollers_key), self);
  if (self->shared != NULL)
    {
      self->shared->poller = NULL;
      g_source_destroy ((GSource *) self->shared);
      g_source_unref ((GSource *) self->shared);
    }
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  g_sequence_free (self->times);
  g_ptr_array_unref (self->again);
  g_main_context_unref (self->context);
  g_free (self);
}

/* Returns: (transfer full) that of the thread-default context */
static PulsarPoller *
poller_get (void)
{
  GPtrArray *pollers = g_private_get (&pollers_key);
  GMainContext *context = g_main_context_get_thread_default ();
  PulsarPoller *self;

  if (context == NULL)
    context = g_main_context_default ();
  if (pollers == NULL)
    {
      pollers = g_ptr_array_new ();
      g_private_set (&pollers_key, pollers);
    }
  for (guint i = 0; i < pollers->len; i++)
    {
      self = g_ptr_array_index (pollers, i);
      if (self->context == context)
        return poller_ref (self);
    }

  self = g_new0 (PulsarPoller, 1);
  self->ref_count = 1;
  self->context = g_main_context_ref (context);
  self->epoll_fd = -1;
  self->times = g_sequence_new (NULL);
  self->again = g_ptr_array_new ();
  g_ptr_array_add (pollers, self);
  return self;
}

static void
dispatch (PulsarPollSource *source,
          GIOCondition      condition)
{
  PulsarPollDispatch running;

  pulsar_poll_source_enter (source, &running);
  source->funcs->dispatch (condition, source->user_data);
  pulsar_poll_source_leave (&running);
}

/* A source of its own */

static gboolean
own_prepare (GSource *source,
             int     *timeout)
{
  PulsarPollSource *self = ((OwnSource *) source)->poll;

  *timeout = -1;
  return self->funcs->prepare != NULL && self->funcs->prepare (self->user_data);
}

static gboolean
own_dispatch (GSource     *source,
              GSourceFunc  callback,
              gpointer     user_data)
{
  PulsarPollSource *self = ((OwnSource *) source)->poll;

  /* It asks for itself what is to be done before the next turn, also in a main loop inside. */
  self->funcs->dispatch (self->tag != NULL ? g_source_query_unix_fd (source, self->tag) : 0, self->user_data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs own_source_funcs = { own_prepare, NULL, own_dispatch, NULL, NULL, NULL };

static void
begin_own (PulsarPollSource *self,
           GIOCondition      condition)
{
  GSource *source = g_source_new (&own_source_funcs, sizeof (OwnSource));

  self->own = (OwnSource *) source;
  self->own->poll = self;
  self->poller->n_own++;
  g_source_set_static_name (source, self->funcs->name);
  /* GLib otherwise takes the descriptor out of the context for the time of each dispatch and writes to the eventfd of
   * the context when it puts it back: 20 % of a round trip of messages. */
  g_source_set_can_recurse (source, TRUE);
  if (self->fd >= 0)
    self->tag = g_source_add_unix_fd (source, self->fd, condition);
  g_source_attach (source, self->poller->context);
}

/* The shared source */

static guint32
to_epoll (GIOCondition condition)
{
  return ((condition & G_IO_IN) != 0 ? EPOLLIN : 0) | ((condition & G_IO_OUT) != 0 ? EPOLLOUT : 0);
}

static GIOCondition
from_epoll (guint32 events)
{
  return (GIOCondition) (((events & EPOLLIN) != 0 ? G_IO_IN : 0) | ((events & EPOLLOUT) != 0 ? G_IO_OUT : 0) |
                         ((events & EPOLLERR) != 0 ? G_IO_ERR : 0) | ((events & EPOLLHUP) != 0 ? G_IO_HUP : 0));
}

static gboolean
wants_dispatch (PulsarPollSource *source)
{
  return source->funcs->prepare != NULL && source->funcs->prepare (source->user_data);
}

static gboolean
shared_prepare (GSource *source,
                int     *timeout)
{
  PulsarPoller *self = ((SharedSource *) source)->poller;

  *timeout = -1;
  for (PulsarPollDispatch *running = self->dispatches; running != NULL; running = running->outer)
    {
      if (running->source != NULL)
        pulsar_poll_source_ask (running->source);
    }

  /* Those who want none leave the list. */
  for (guint i = self->again->len; i > 0; i--)
    {
      PulsarPollSource *asked = g_ptr_array_index (self->again, i - 1);

      asked->again = wants_dispatch (asked);
      if (!asked->again)
        g_ptr_array_remove_index_fast (self->again, i - 1);
    }
  return self->again->len > 0;
}

static gint64
get_first_time (PulsarPoller *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->times);

  return g_sequence_iter_is_end (first) ? -1 : ((PulsarPollSource *) g_sequence_get (first))->ready_time;
}

/* Setting it wakes the context, so it is not set to what it is. */
static void
update_time (PulsarPoller *self)
{
  gint64 first = get_first_time (self);

  if (g_source_get_ready_time ((GSource *) self->shared) != first)
    g_source_set_ready_time ((GSource *) self->shared, first);
}

static void
collect_again (PulsarPoller *self,
               Batch        *batch)
{
  guint n = MIN (self->again->len, BATCH_MAX);

  for (guint i = 0; i < n; i++)
    {
      PulsarPollSource *source = g_ptr_array_index (self->again, i);

      source->again = FALSE;
      batch->entries[batch->n++].source = source;
    }
  if (n > 0)
    g_ptr_array_remove_range (self->again, 0, n);
}

static void
collect_events (PulsarPoller *self,
                Batch        *batch)
{
  struct epoll_event events[BATCH_MAX];
  guint n_others = batch->n;
  int n = 0;

  /* Those that are not asked for now stay ready, and behind them are those that were asked for: nobody is left out. */
  if (n_others < BATCH_MAX)
    n = epoll_wait (self->epoll_fd, events, (int) (BATCH_MAX - n_others), 0);
  for (int i = 0; i < n; i++)
    {
      guint place = 0;

      while (place < n_others && batch->entries[place].source != events[i].data.ptr)
        place++;
      if (place == n_others)
        place = batch->n++;
      batch->entries[place].source = events[i].data.ptr;
      batch->entries[place].condition |= from_epoll (events[i].events);
    }
}

static void
collect_times (PulsarPoller *self,
               gint64        now,
               Batch        *batch)
{
  GSequenceIter *iter = g_sequence_get_begin_iter (self->times);

  for (; batch->n < BATCH_MAX && !g_sequence_iter_is_end (iter); iter = g_sequence_iter_next (iter))
    {
      PulsarPollSource *source = g_sequence_get (iter);

      if (source->ready_time > now)
        return;
      batch->entries[batch->n].source = source;
      batch->entries[batch->n++].is_due = TRUE;
    }
}

static gboolean
shared_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     user_data)
{
  PulsarPoller *self = poller_ref (((SharedSource *) source)->poller);
  Batch batch = { .outer = self->batches };
  gint64 now = g_source_get_time (source);

  collect_again (self, &batch);
  if (g_source_query_unix_fd (source, self->tag) != 0)
    collect_events (self, &batch);
  collect_times (self, now, &batch);

  self->batches = &batch;
  for (guint i = 0; i < batch.n; i++)
    {
      PulsarPollSource *found = g_steal_pointer (&batch.entries[i].source);

      /* One before it may have set another time. */
      if (found != NULL && (!batch.entries[i].is_due || (found->ready_time >= 0 && found->ready_time <= now)))
        dispatch (found, batch.entries[i].condition);
    }
  self->batches = batch.outer;
  poller_unref (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs shared_source_funcs = { shared_prepare, NULL, shared_dispatch, NULL, NULL, NULL };

static gboolean
begin_shared (PulsarPollSource *self,
              GIOCondition      condition)
{
  PulsarPoller *poller = self->poller;
  struct epoll_event event = { .events = to_epoll (condition), .data.ptr = self };

  if (poller->epoll_fd < 0)
    {
      poller->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
      if (poller->epoll_fd < 0)
        return FALSE;
      poller->shared = (SharedSource *) g_source_new (&shared_source_funcs, sizeof (SharedSource));
      poller->shared->poller = poller;
      g_source_set_static_name ((GSource *) poller->shared, "[pulsar] poller");
      g_source_set_can_recurse ((GSource *) poller->shared, TRUE);
      poller->tag = g_source_add_unix_fd ((GSource *) poller->shared, poller->epoll_fd, G_IO_IN);
      g_source_attach ((GSource *) poller->shared, poller->context);
    }
  return self->fd < 0 || epoll_ctl (poller->epoll_fd, EPOLL_CTL_ADD, self->fd, &event) == 0;
}

static int
compare_times (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  const PulsarPollSource *one = a;
  const PulsarPollSource *other = b;

  return (one->ready_time > other->ready_time) - (one->ready_time < other->ready_time);
}

PulsarPollSource *
pulsar_poll_source_new (int                    fd,
                        GIOCondition           condition,
                        PulsarPollKind         kind,
                        const PulsarPollFuncs *funcs,
                        gpointer               user_data)
{
  PulsarPollSource *self = g_new0 (PulsarPollSource, 1);

  self->poller = poller_get ();
  self->funcs = funcs;
  self->user_data = user_data;
  self->fd = fd;
  self->ready_time = -1;
  /* Where the kernel has no room for one more in an epoll, there still is the way that needs none. */
  if ((kind == PULSAR_POLL_BUSY && self->poller->n_own < OWN_MAX) || !begin_shared (self, condition))
    begin_own (self, condition);
  return self;
}

void
pulsar_poll_source_free (PulsarPollSource *self)
{
  PulsarPoller *poller = self->poller;

  for (Batch *batch = poller->batches; batch != NULL; batch = batch->outer)
    {
      for (guint i = 0; i < batch->n; i++)
        {
          if (batch->entries[i].source == self)
            batch->entries[i].source = NULL;
        }
    }
  for (PulsarPollDispatch *running = poller->dispatches; running != NULL; running = running->outer)
    {
      if (running->source == self)
        running->source = NULL;
    }

  if (self->own != NULL)
    {
      poller->n_own--;
      g_source_destroy ((GSource *) self->own);
      g_source_unref ((GSource *) self->own);
    }
  else
    {
      if (self->again)
        g_ptr_array_remove_fast (poller->again, self);
      if (self->time != NULL)
        {
          g_sequence_remove (self->time);
          update_time (poller);
        }
      if (self->fd >= 0)
        epoll_ctl (poller->epoll_fd, EPOLL_CTL_DEL, self->fd, NULL);
    }
  g_free (self);
  poller_unref (poller);
}

void
pulsar_poll_source_set_condition (PulsarPollSource *self,
                                  GIOCondition      condition)
{
  struct epoll_event event = { .events = to_epoll (condition), .data.ptr = self };

  if (self->own != NULL)
    g_source_modify_unix_fd ((GSource *) self->own, self->tag, condition);
  else
    epoll_ctl (self->poller->epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
}

void
pulsar_poll_source_set_ready_time (PulsarPollSource *self,
                                   gint64            ready_time)
{
  if (self->ready_time == ready_time)
    return;

  self->ready_time = ready_time;
  if (self->own != NULL)
    {
      g_source_set_ready_time ((GSource *) self->own, ready_time);
      return;
    }

  if (self->time != NULL)
    g_sequence_remove (self->time);
  self->time = ready_time >= 0 ? g_sequence_insert_sorted (self->poller->times, self, compare_times, NULL) : NULL;
  update_time (self->poller);
}

gint64
pulsar_poll_source_get_ready_time (const PulsarPollSource *self)
{
  return self->ready_time;
}

void
pulsar_poll_source_ask (PulsarPollSource *self)
{
  /* A GSource is asked anyway. */
  if (self->own != NULL || self->again)
    return;
  self->again = TRUE;
  g_ptr_array_add (self->poller->again, self);
}

gint64
pulsar_poll_source_get_time (const PulsarPollSource *self)
{
  return g_source_get_time (self->own != NULL ? (GSource *) self->own : (GSource *) self->poller->shared);
}

void
pulsar_poll_source_enter (PulsarPollSource   *self,
                          PulsarPollDispatch *dispatch)
{
  dispatch->source = self;
  dispatch->poller = poller_ref (self->poller);
  dispatch->outer = self->poller->dispatches;
  self->poller->dispatches = dispatch;
}

void
pulsar_poll_source_leave (PulsarPollDispatch *dispatch)
{
  PulsarPoller *poller = dispatch->poller;

  poller->dispatches = dispatch->outer;
  if (dispatch->source != NULL)
    pulsar_poll_source_ask (dispatch->source);
  poller_unref (poller);
}

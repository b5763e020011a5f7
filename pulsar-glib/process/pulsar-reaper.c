/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-reaper-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-process-facts-private.h"

/* How long process 1 leaves a zombie to whoever may have started it. */
#define STRANGER_US G_USEC_PER_SEC

/* How often an ended group is looked at that nothing is heard of: the last to leave it may be the child of another process. */
#define LOOK_AGAIN_MS 1000

/* How long the end waits for what was killed. */
#define END_US (500 * 1000)

typedef struct
{
  GHashTable *groups;     /* (owned) of those that are in use, number → whether the leader is gone */
  GHashTable *strangers;  /* (owned) (nullable) only as process 1: zombie → when it was seen first */
  GSource *source;        /* (owned) SIGCHLD came */
  GSource *timer;         /* (owned) (nullable) to look again */
  int was_subreaper;
  struct sigaction previous;
} PulsarReaper;

static PulsarReaper *reaper;

/* What the handler may touch: it runs on any thread, between any two instructions. Both stay as they are while it is installed. */
static int wake_fd = -1;
static struct sigaction chained;

static void
handle_sigchld (int        signum,
                siginfo_t *info,
                void      *context)
{
  int saved_errno = errno;

  if (eventfd_write (wake_fd, 1) != 0)
    { /* The counter is full, so the main loop is awake already. */ }

  if (chained.sa_flags & SA_SIGINFO)
    chained.sa_sigaction (signum, info, context);
  else if (chained.sa_handler != SIG_DFL && chained.sa_handler != SIG_IGN)
    chained.sa_handler (signum);
  errno = saved_errno;
}

/* Reaps the members of a group that became our children, except its leader as long as somebody waits for that. */
static void
reap_members (int      group,
              gboolean ended)
{
  siginfo_t info;

  while (TRUE)
    {
      info = (siginfo_t) { 0 };
      if (waitid (P_PGID, (id_t) group, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        {
          if (errno == EINTR)
            continue;
          return;
        }
      /* Once the leader is reaped the rest of the group is looked at again. */
      if (info.si_pid == 0 || (info.si_pid == group && !ended))
        return;
      waitpid (info.si_pid, NULL, WNOHANG);
    }
}

static gboolean
is_zombie (int pid)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* Number and age could be those of the next process with the id, if the one we saw was reaped. */
static gboolean
is_as_old (int    pid,
           gint64 age_us)
{
  PulsarProcessFacts facts;

  return pulsar_process_facts_read (&facts, pid, NULL) && facts.uptime >= age_us;
}

/* Returns whether there are any that are left to who may have started them. */
static gboolean
reap_strangers (PulsarReaper *self)
{
  g_autoptr(GArray) children = pulsar_process_list_children (0, NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = 0; children != NULL && i < children->len; i++)
    {
      int pid = g_array_index (children, int, i);
      gint64 *since = g_hash_table_lookup (self->strangers, GINT_TO_POINTER (pid));

      if (g_hash_table_contains (self->groups, GINT_TO_POINTER (pid)) || !is_zombie (pid))
        continue;
      if (since != NULL && now_us - *since >= STRANGER_US && is_as_old (pid, now_us - *since))
        waitpid (pid, NULL, WNOHANG);
      else
        g_hash_table_insert (seen, GINT_TO_POINTER (pid), g_memdup2 (since != NULL ? since : &now_us, sizeof now_us));
    }
  g_hash_table_unref (self->strangers);
  self->strangers = g_steal_pointer (&seen);
  return g_hash_table_size (self->strangers) > 0;
}

/* Returns whether something is left to look at later. */
static gboolean
look (PulsarReaper *self)
{
  gboolean again = FALSE;
  GHashTableIter iter;
  gpointer group, ended;

  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, &group, &ended))
    {
      reap_members (GPOINTER_TO_INT (group), GPOINTER_TO_INT (ended));
      if (!GPOINTER_TO_INT (ended))
        continue;
      /* An empty group is forgotten: its number may be that of another one soon. */
      if (kill (-GPOINTER_TO_INT (group), 0) != 0 && errno == ESRCH)
        g_hash_table_iter_remove (&iter);
      else
        again = TRUE;
    }
  if (self->strangers != NULL && reap_strangers (self))
    again = TRUE;
  return again;
}

static gboolean look_again_cb (gpointer user_data);

static void
look_and_come_again (PulsarReaper *self)
{
  gboolean again = look (self);

  if (again && self->timer == NULL)
    {
      self->timer = g_timeout_source_new (LOOK_AGAIN_MS);
      g_source_set_static_name (self->timer, "[pulsar-glib] what workers left");
      g_source_set_callback (self->timer, look_again_cb, self, NULL);
      g_source_attach (self->timer, g_main_context_get_thread_default ());
    }
}

static gboolean
look_again_cb (gpointer user_data)
{
  PulsarReaper *self = user_data;

  g_clear_pointer (&self->timer, g_source_unref);  /* destroyed by the return */
  look_and_come_again (self);
  return G_SOURCE_REMOVE;
}

static gboolean
woken_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  eventfd_t count;

  if (eventfd_read (fd, &count) == 0)
    look_and_come_again (user_data);
  return G_SOURCE_CONTINUE;
}

gboolean
pulsar_reaper_begin (void)
{
  struct sigaction action = { .sa_sigaction = handle_sigchld, .sa_flags = SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP };

  g_return_val_if_fail (reaper == NULL, FALSE);

  wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0)
    return FALSE;

  reaper = g_new0 (PulsarReaper, 1);
  reaper->groups = g_hash_table_new (NULL, NULL);
  if (getpid () == 1)
    reaper->strangers = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  reaper->source = g_unix_fd_source_new (wake_fd, G_IO_IN);
  g_source_set_static_name (reaper->source, "[pulsar-glib] children");
  g_source_set_callback (reaper->source, G_SOURCE_FUNC (woken_cb), reaper, NULL);
  g_source_attach (reaper->source, g_main_context_get_thread_default ());

  /* An adoption gives no event, but the end of who was adopted does; and GLib, which watches its children by pidfds, leaves the
   * signal to us. A program may have a handler for it: then that is called too. */
  sigaction (SIGCHLD, NULL, &chained);
  sigemptyset (&action.sa_mask);
  sigaction (SIGCHLD, &action, &reaper->previous);

  if (prctl (PR_GET_CHILD_SUBREAPER, &reaper->was_subreaper) != 0)
    reaper->was_subreaper = 0;
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  look_and_come_again (reaper);
  return TRUE;
}

/* Forgets the groups of leaders that are there: there is nothing to wait for. */
static gboolean
is_running (gpointer group,
            gpointer ended,
            gpointer user_data)
{
  return !GPOINTER_TO_INT (ended);
}

void
pulsar_reaper_end (void)
{
  PulsarReaper *self = reaper;
  gint64 deadline_us = g_get_monotonic_time () + END_US;
  struct sigaction current;
  int fd = wake_fd;

  if (self == NULL)
    return;

  g_clear_pointer (&self->strangers, g_hash_table_unref);
  g_hash_table_foreach_remove (self->groups, is_running, NULL);
  while (look (self))
    {
      gint64 left_us = deadline_us - g_get_monotonic_time ();
      struct pollfd item = { .fd = fd, .events = POLLIN };
      eventfd_t count;

      if (left_us <= 0)
        break;
      /* Who is not our child yet, since its parent is dying too, is not told of: a look now and then finds the group empty. */
      if (poll (&item, 1, (int) MIN (left_us / 1000 + 1, 20)) > 0)
        eventfd_read (fd, &count);
    }

  prctl (PR_SET_CHILD_SUBREAPER, self->was_subreaper);
  sigaction (SIGCHLD, NULL, &current);
  if ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == handle_sigchld)
    sigaction (SIGCHLD, &self->previous, NULL);

  g_source_destroy (self->source);
  g_source_unref (self->source);
  if (self->timer != NULL)
    {
      g_source_destroy (self->timer);
      g_source_unref (self->timer);
    }
  g_hash_table_unref (self->groups);
  g_clear_pointer (&reaper, g_free);

  /* A handler that still runs on another thread must not write into whatever gets the number next. */
  wake_fd = -1;
  close (fd);
}

void
pulsar_reaper_add_group (int group)
{
  if (reaper != NULL)
    g_hash_table_insert (reaper->groups, GINT_TO_POINTER (group), GINT_TO_POINTER (FALSE));
}

void
pulsar_reaper_group_ended (int group)
{
  if (reaper == NULL || !g_hash_table_contains (reaper->groups, GINT_TO_POINTER (group)))
    return;
  g_hash_table_insert (reaper->groups, GINT_TO_POINTER (group), GINT_TO_POINTER (TRUE));
  look_and_come_again (reaper);
}

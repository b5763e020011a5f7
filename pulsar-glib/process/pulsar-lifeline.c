/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-lifeline-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The last of the three things that end a worker whose arbiter is gone. End of file and the death signal ask it to end in
 * order; this thread ends it when it does not. It must work while Python is in a busy loop with its lock held and after the
 * process was stopped, so it takes no lock, allocates nothing, and knows nothing of GLib's main loop.
 *
 * A death signal belongs to the thread that asks for it, goes to the process, and comes when the *thread* of the arbiter that
 * made this process ends. The main thread asks for SIGTERM; this one for SIGCONT, so that a stopped process wakes, and this
 * thread with it. */

/* The kernel's minimum with thread-local storage of a few libraries; resident are the two or three pages touched. */
#define STACK_SIZE (64 * 1024)

typedef struct
{
  pthread_t thread;
  gboolean started;
  sem_t armed;
  int mailbox_fd;
  int output_fds[2];         /* the other ends of what this process prints into; -1 if they are not held */
  int wakeup_fd;             /* tells the thread to look at what follows */
  gint orphan_timeout_ms;    /* atomic */
  gint stopped;              /* atomic */
  gint orphaned;             /* atomic */
} PulsarLifeline;

static PulsarLifeline lifeline = { .output_fds = { -1, -1 } };

static gint64
get_time_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static void G_GNUC_NORETURN
end_process (void)
{
  /* What this process started goes with it, if the group is its own. Under a wrapper the group is the wrapper's. */
  if (getpgrp () == getpid ())
    kill (0, SIGKILL);
  kill (getpid (), SIGKILL);
  _exit (SIGKILL + 128);
}

/* Reads what nobody else will. FALSE once there is nobody who writes. */
static gboolean
discard_output (int fd)
{
  char buffer[4096];
  gssize n = read (fd, buffer, sizeof buffer);

  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void *
lifeline_thread (void *data)
{
  struct pollfd fds[4] = {
    { .fd = lifeline.wakeup_fd, .events = POLLIN },
    { .fd = lifeline.mailbox_fd },  /* no events: hang-up is always told, and data does not wake this thread */
    { .fd = -1, .events = POLLIN }, /* what this process prints: after the hang-up */
    { .fd = -1, .events = POLLIN },
  };
  gint64 hung_up = 0;

  prctl (PR_SET_NAME, "pulsar-lifeline");
  prctl (PR_SET_PDEATHSIG, SIGCONT);
  sem_post (&lifeline.armed);
  for (;;)
    {
      int timeout = -1;

      if (hung_up != 0)
        {
          gint64 left = hung_up + g_atomic_int_get (&lifeline.orphan_timeout_ms) - get_time_ms ();

          if (left <= 0)
            end_process ();
          timeout = (int) left;
        }

      if (poll (fds, G_N_ELEMENTS (fds), timeout) < 0)
        continue;  /* EINTR at most: all signals are blocked here, but a stop and SIGCONT may still interrupt */
      if (g_atomic_int_get (&lifeline.stopped))
        return NULL;
      if ((fds[0].revents & POLLIN) != 0)
        {
          eventfd_t count;

          eventfd_read (lifeline.wakeup_fd, &count);
          prctl (PR_SET_PDEATHSIG, SIGCONT);  /* setuid () may be why we are woken */
        }
      for (int i = 2; i < 4; i++)
        {
          if (fds[i].fd >= 0 && fds[i].revents != 0 && !discard_output (fds[i].fd))
            fds[i].fd = -1;
        }
      if (hung_up == 0 && fds[1].revents != 0)
        {
          fds[1].fd = -1;
          fds[2].fd = lifeline.output_fds[0];
          fds[3].fd = lifeline.output_fds[1];
          hung_up = get_time_ms ();
          g_atomic_int_set (&lifeline.orphaned, 1);
        }
    }
}

/* An open pipe has a name in /proc, also for those who have only one end of it. */
void
pulsar_lifeline_hold_output (void)
{
  for (int i = 0; i < 2; i++)
    {
      const char *name = i == 0 ? "/proc/self/fd/1" : "/proc/self/fd/2";
      struct stat info;

      if (lifeline.output_fds[i] < 0 && fstat (STDOUT_FILENO + i, &info) == 0 && S_ISFIFO (info.st_mode))
        lifeline.output_fds[i] = open (name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
}

static void
release_output (void)
{
  for (int i = 0; i < 2; i++)
    {
      if (lifeline.output_fds[i] >= 0)
        close (lifeline.output_fds[i]);
      lifeline.output_fds[i] = -1;
    }
}

void
pulsar_lifeline_start (int   mailbox_fd,
                       guint orphan_timeout_ms)
{
  pthread_attr_t attributes;
  sigset_t all, previous;
  int result;

  g_return_if_fail (mailbox_fd >= 0);
  g_return_if_fail (!lifeline.started);

  lifeline.mailbox_fd = mailbox_fd;
  lifeline.wakeup_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  lifeline.stopped = 0;
  lifeline.orphaned = 0;
  sem_init (&lifeline.armed, 0, 0);
  pulsar_lifeline_set_timeout (orphan_timeout_ms);
  if (lifeline.wakeup_fd < 0)
    {
      g_message ("No lifeline: %s", g_strerror (errno));
      return;
    }

  /* Not a GThread: that would come with GLib's bookkeeping and the default stack. The thread inherits the mask: no handler
   * of the program ever runs in it. */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &previous);
  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_SIZE);
  result = pthread_create (&lifeline.thread, &attributes, lifeline_thread, NULL);
  pthread_attr_destroy (&attributes);
  if (result == EINVAL)  /* thread-local storage of this program's libraries does not fit */
    result = pthread_create (&lifeline.thread, NULL, lifeline_thread, NULL);
  pthread_sigmask (SIG_SETMASK, &previous, NULL);
  if (result != 0)
    {
      g_message ("No lifeline: %s", g_strerror (result));
      close (lifeline.wakeup_fd);
      return;
    }
  lifeline.started = TRUE;

  /* A worker that is stopped before the thread asked for its death signal would never wake. */
  while (sem_wait (&lifeline.armed) != 0)
    { /* interrupted by a signal */ }
  sem_destroy (&lifeline.armed);
}

void
pulsar_lifeline_set_timeout (guint orphan_timeout_ms)
{
  g_atomic_int_set (&lifeline.orphan_timeout_ms, (gint) MIN (orphan_timeout_ms, (guint) G_MAXINT));
  if (lifeline.started)
    eventfd_write (lifeline.wakeup_fd, 1);
}

void
pulsar_lifeline_renew (void)
{
  if (lifeline.started)
    eventfd_write (lifeline.wakeup_fd, 1);
}

void
pulsar_lifeline_stop (void)
{
  if (!lifeline.started)
    return;

  g_atomic_int_set (&lifeline.stopped, 1);
  eventfd_write (lifeline.wakeup_fd, 1);
  pthread_join (lifeline.thread, NULL);
  close (lifeline.wakeup_fd);
  release_output ();
  lifeline.started = FALSE;
}

gboolean
pulsar_lifeline_is_orphaned (void)
{
  return g_atomic_int_get (&lifeline.orphaned) != 0;
}

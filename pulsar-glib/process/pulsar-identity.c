/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-identity-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pulsar-lifeline-private.h"
#include "pulsar-glib/base/pulsar-error-private.h"

/* A worker proves who it is: the environment names a socket by descriptor and inode, and the socket is there. What follows
 * runs in the constructor of the library, before main () in a C program and at the import in a Python one, and in every
 * program that links the library: it makes a handful of system calls, and none but getenv () in what is no worker.
 *
 * Never must a process that was meant to be a worker become a second arbiter, or the tree would grow without end: whatever
 * is wrong with an identity ends the process with status 70. One exception: a program started by a worker may have got the
 * variable from a copy of the environment that was made before the constructor removed it (Python's os.environ is such a
 * copy). So whoever accepts an identity binds the socket to a name which only it can take, and which others find in
 * /proc/net/unix: an identity that was accepted already is not ours and is ignored. */

typedef struct
{
  int mailbox_fd;  /* -1 in what is no worker, and once stolen */
  guint first_fd;
  guint n_fds;
  pid_t pid;       /* 0 in what is no worker */
  gint claimed;    /* atomic */
  guint8 stolen[PULSAR_IDENTITY_MAX_FDS];
} PulsarIdentity;

static PulsarIdentity identity = { .mailbox_fd = -1 };

/* One system call: the lines of several workers do not mix. */
static void G_GNUC_NORETURN G_GNUC_PRINTF (1, 2)
end_process (const char *format, ...)
{
  char text[512];
  va_list args;
  int length = snprintf (text, sizeof text, "%s[%d]: ", program_invocation_short_name, (int) getpid ());

  va_start (args, format);
  length += vsnprintf (text + length, sizeof text - (size_t) length, format, args);
  va_end (args);
  length = MIN (length, (int) sizeof text - 2);
  text[length++] = '\n';
  (void) !write (STDERR_FILENO, text, (size_t) length);
  _exit (PULSAR_EXIT_INTERNAL);
}

static gboolean
parse_number (const char **text,
              char         end,
              guint64      max,
              guint64     *number)
{
  char *stop = NULL;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  errno = 0;
  *number = g_ascii_strtoull (*text, &stop, 10);
  if (errno != 0 || *stop != end || *number > max)
    return FALSE;
  *text = stop + (end != '\0' ? 1 : 0);
  return TRUE;
}

static socklen_t
fill_claim_address (struct sockaddr_un *address,
                    guint64             inode)
{
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  return (socklen_t) (offsetof (struct sockaddr_un, sun_path) + 1 +
                      (size_t) snprintf (address->sun_path + 1, sizeof address->sun_path - 1,
                                         "pulsar-glib/worker/%" G_GUINT64_FORMAT, inode));
}

/* Whether another process accepted the identity of that socket. Only asked when something is wrong already. */
static gboolean
is_claimed_elsewhere (guint64 inode)
{
  /* With the column before it, which the kernel fills: anybody may bind a socket to that name, but not that socket. */
  g_autofree char *name = g_strdup_printf (" %" G_GUINT64_FORMAT " @pulsar-glib/worker/%" G_GUINT64_FORMAT "\n",
                                           inode, inode);
  g_autofree char *sockets = NULL;

  return g_file_get_contents ("/proc/net/unix", &sockets, NULL, NULL) && strstr (sockets, name) != NULL;
}

static gboolean
has_hung_up (int fd)
{
  struct pollfd poll_fd = { .fd = fd };

  return poll (&poll_fd, 1, 0) > 0;
}

/* main () returned, or somebody called exit (). The work of a worker is done inside of run (): has nobody claimed it by
 * now, the program did not get that far. */
static void
exit_cb (int      status,
         gpointer user_data)
{
  if (getpid () != identity.pid)  /* forked without exec: not the worker */
    return;

  if (!g_atomic_int_get (&identity.claimed))
    {
      fflush (NULL);
      if (status == 0)
        end_process ("the program ended without running an application");
      end_process ("the program ended with status %d before it ran an application", status);
    }
  /* Nobody is left to end what this process started. */
  if (pulsar_lifeline_is_orphaned () && getpgrp () == getpid ())
    {
      fflush (NULL);
      kill (0, SIGKILL);
    }
}

static gboolean
take_identity (const char *text)
{
  struct sockaddr_un address;
  struct stat info;
  guint64 fd, inode, n_fds;
  const char *rest = text;
  socklen_t address_length;

  if (!parse_number (&rest, ':', G_MAXINT16, &fd) || !parse_number (&rest, ':', G_MAXUINT64, &inode) ||
      !parse_number (&rest, '\0', PULSAR_IDENTITY_MAX_FDS, &n_fds))
    end_process ("%s is “%s”, which is no identity of a worker", PULSAR_IDENTITY_VARIABLE, text);

  if (fstat ((int) fd, &info) != 0 || !S_ISSOCK (info.st_mode) || (guint64) info.st_ino != inode)
    {
      if (is_claimed_elsewhere (inode))
        return FALSE;
      end_process ("descriptor %d is not the mailbox this worker was started with; a wrapper must not close descriptors",
                   (int) fd);
    }

  address_length = fill_claim_address (&address, inode);
  if (bind ((int) fd, (struct sockaddr *) &address, address_length) != 0 && errno == EINVAL)
    {
      /* It has the name already: inherited from the worker, or from a wrapper that executed two programs. Our copy would
       * hide the end of the worker. (Any other failure costs the mark only, not the worker.) */
      for (guint64 i = 0; i <= n_fds; i++)
        close ((int) (fd + i));
      return FALSE;
    }

  for (guint64 i = 0; i <= n_fds; i++)
    {
      if (fcntl ((int) (fd + i), F_SETFD, FD_CLOEXEC) != 0)
        end_process ("descriptor %d, which this worker was started with, is missing", (int) (fd + i));
    }

  identity.mailbox_fd = (int) fd;
  identity.first_fd = (guint) fd + 1;
  identity.n_fds = (guint) n_fds;
  identity.pid = getpid ();
  return TRUE;
}

static void
do_nothing (int signum)
{
}

/* Somebody may tell all processes of the program to open their logs again, before this one has a log and after, or, with SIGUSR2, to do
 * something that only concerns the arbiter. A handler, since what is
 * ignored would stay so in the programs a worker executes. The launcher blocked the signals, or they would have come too early for this. */
static void
survive_user_signals (void)
{
  struct sigaction action = { .sa_handler = do_nothing, .sa_flags = SA_RESTART };
  sigset_t survived;

  sigemptyset (&action.sa_mask);
  sigaction (SIGUSR1, &action, NULL);
  sigaction (SIGUSR2, &action, NULL);
  sigemptyset (&survived);
  sigaddset (&survived, SIGUSR1);
  sigaddset (&survived, SIGUSR2);
  sigprocmask (SIG_UNBLOCK, &survived, NULL);
}

static void __attribute__ ((constructor))
pulsar_identity_load (void)
{
  const char *text = secure_getenv (PULSAR_IDENTITY_VARIABLE);
  gboolean is_worker;

  if (text == NULL)
    return;

  is_worker = take_identity (text);
  unsetenv (PULSAR_IDENTITY_VARIABLE);
  if (!is_worker)
    return;

  survive_user_signals ();

  /* What a worker prints is seen line by line, wherever it goes: the last words of one that dies are not lost in a buffer, and the
   * lines of several do not mix. */
  setvbuf (stdout, NULL, _IOLBF, BUFSIZ);

  /* The launcher cleared the rest of the mask and put the process, with a wrapper if there is one, into a group of its own: that is not
   * repeated here, so that one signal to the group reaches both. */
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  /* The arbiter may have ended before the line above, and the parent may be a wrapper: only the mailbox knows. */
  if (has_hung_up (identity.mailbox_fd))
    end_process ("the arbiter is gone");
  on_exit (exit_cb, NULL);
}

gboolean
pulsar_identity_is_worker (void)
{
  return identity.pid != 0;
}

int
pulsar_identity_steal_mailbox (void)
{
  int fd = identity.mailbox_fd;

  identity.mailbox_fd = -1;
  if (fd >= 0)
    g_atomic_int_set (&identity.claimed, 1);
  return fd;
}

void
pulsar_identity_set_claimed (gboolean claimed)
{
  g_atomic_int_set (&identity.claimed, claimed ? 1 : 0);
}

guint
pulsar_identity_get_n_fds (void)
{
  return identity.n_fds;
}

int
pulsar_identity_get_fd (guint index)
{
  /* The number of one that was stolen may be anything by now. */
  return index < identity.n_fds && !identity.stolen[index] ? (int) (identity.first_fd + index) : -1;
}

int
pulsar_identity_steal_fd (guint index)
{
  int fd = pulsar_identity_get_fd (index);

  if (fd >= 0)
    identity.stolen[index] = TRUE;
  return fd;
}

gboolean
pulsar_identity_renew (int mailbox_fd)
{
  prctl (PR_SET_DUMPABLE, 1);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  pulsar_lifeline_renew ();
  return !has_hung_up (mailbox_fd);
}

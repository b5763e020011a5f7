/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-child-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-exit-record-private.h"
#include "pulsar-identity-private.h"
#include "pulsar-reaper-private.h"
#include "pulsar-glib/base/pulsar-error-private.h"
#include "pulsar-glib/base/pulsar-poll-source-private.h"

/* One worker process, from the spawn to the reaping.
 *
 * posix_spawn () is called directly, on the same path GSubprocess takes for its fast case (a child that shares the memory of
 * the parent until it executes: 0.15 ms whatever the size of the parent), for what GSubprocess cannot do there: the working
 * directory, the process group from the first moment on (no kill comes too early), the errno of a failure (GLib has one code
 * for all, and tries a slow fork after ENOEXEC), and no descriptor that is not meant for the child. And for the exit: GSubprocess
 * waits in GLib's worker thread and its news come by two wake-ups, where a pidfd of our own needs one. */

struct _PulsarChild
{
  GObject parent_instance;
  PulsarExitRecord *record;   /* (owned) (nullable) set once the process is reaped: never signalled after that */
  PulsarPollSource *watch;    /* (owned) (nullable) set while the process is alive; holds a reference to the child */
  int watch_fd;               /* (owned) of watch */
  gint64 started;
  int pid;                    /* that was executed */
  int worker_pid;             /* what became of it: another one under a wrapper */
  int worker_fd;              /* (owned) then, a pidfd: nobody tells us when that process is gone; else -1 */
  PulsarExitReason expected;  /* EXITED: nobody asked for the end */
};

typedef struct
{
  int pid;
  int fd;
} PulsarChildWait;

typedef enum
{
  SIGNAL_EXITED,
  N_SIGNALS,
} PulsarChildSignal;
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PulsarChild, pulsar_child, G_TYPE_OBJECT)

/* Variables that speak to one process only. A name ending in an underscore stands for all that begin with it. */
static const char * const private_variables[] = {
  "LISTEN_", "NOTIFY_SOCKET", "PULSAR_DAEMON", "PULSAR_UPGRADE", "WATCHDOG_",
};

static const struct
{
  int number;
  GSpawnError code;
  gboolean temporary;
} spawn_errors[] = {
  { E2BIG, G_SPAWN_ERROR_TOO_BIG, FALSE },
  { EACCES, G_SPAWN_ERROR_ACCES, FALSE },
  { EAGAIN, G_SPAWN_ERROR_FORK, TRUE },
  { EINVAL, G_SPAWN_ERROR_INVAL, FALSE },
  { EIO, G_SPAWN_ERROR_IO, FALSE },
  { EISDIR, G_SPAWN_ERROR_ISDIR, FALSE },
  { ELIBBAD, G_SPAWN_ERROR_LIBBAD, FALSE },
  { ELOOP, G_SPAWN_ERROR_LOOP, FALSE },
  { EMFILE, G_SPAWN_ERROR_MFILE, TRUE },
  { ENAMETOOLONG, G_SPAWN_ERROR_NAMETOOLONG, FALSE },
  { ENFILE, G_SPAWN_ERROR_NFILE, TRUE },
  { ENOENT, G_SPAWN_ERROR_NOENT, FALSE },
  { ENOEXEC, G_SPAWN_ERROR_NOEXEC, FALSE },
  { ENOMEM, G_SPAWN_ERROR_NOMEM, TRUE },
  { ENOTDIR, G_SPAWN_ERROR_NOTDIR, FALSE },
  { EPERM, G_SPAWN_ERROR_PERM, FALSE },
  { ETXTBSY, G_SPAWN_ERROR_TXTBUSY, TRUE },
};

static void
set_spawn_error (GError     **error,
                 const char  *program,
                 int          number)
{
  GSpawnError code = G_SPAWN_ERROR_FAILED;

  for (gsize i = 0; i < G_N_ELEMENTS (spawn_errors); i++)
    {
      if (spawn_errors[i].number == number)
        code = spawn_errors[i].code;
    }
  g_set_error (error, G_SPAWN_ERROR, (int) code, _("Cannot execute “%s”: %s"), program, g_strerror (number));
}

gboolean
pulsar_child_error_is_temporary (const GError *error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (spawn_errors); i++)
    {
      if (g_error_matches (error, G_SPAWN_ERROR, (int) spawn_errors[i].code))
        return spawn_errors[i].temporary;
    }
  return FALSE;
}

static gboolean
is_private_variable (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (private_variables); i++)
    {
      if (g_str_equal (name, private_variables[i]) ||
          (g_str_has_suffix (private_variables[i], "_") && g_str_has_prefix (name, private_variables[i])))
        return TRUE;
    }
  return FALSE;
}

static char **
build_environment (const char * const *overrides,
                   guint64             inode,
                   guint               n_fds)
{
  g_auto(GStrv) names = g_listenv ();
  g_auto(GStrv) environment = g_get_environ ();
  g_autofree char *identity = NULL;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      if (is_private_variable (names[i]))
        environment = g_environ_unsetenv (environment, names[i]);
    }
  for (gsize i = 0; overrides != NULL && overrides[i] != NULL; i++)
    {
      const char *value = strchr (overrides[i], '=');
      g_autofree char *name = NULL;

      if (value == NULL)
        {
          environment = g_environ_unsetenv (environment, overrides[i]);
          continue;
        }
      name = g_strndup (overrides[i], (gsize) (value - overrides[i]));
      environment = g_environ_setenv (environment, name, value + 1, TRUE);
    }

  identity = g_strdup_printf ("%d:%" G_GUINT64_FORMAT ":%u", PULSAR_IDENTITY_MAILBOX_FD, inode, n_fds);
  environment = g_environ_setenv (environment, PULSAR_IDENTITY_VARIABLE, identity, TRUE);
  return g_steal_pointer (&environment);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    g_close (*fd, NULL);
}

/* Executes the program with the given descriptors from number 3 on. Returns an errno, 0 for success. */
static int
execute (PulsarRecipe *recipe,
         char        **environment,
         const int    *fds,
         guint         n_fds,
         const int    *output_fds,
         int          *pid)
{
  const char *directory = pulsar_recipe_get_directory (recipe);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t blocked, reset;
  int result = 0;

  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);

  /* GLib and Python ignore SIGPIPE, and what is ignored or blocked stays so over the execution. SIGINT and SIGHUP are left
   * as whoever started us wants them (nohup). SIGUSR1, which opens logs again, and SIGUSR2 would end a process that does not know them yet:
   * they wait until the library is loaded. */
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGUSR1);
  sigaddset (&blocked, SIGUSR2);
  sigemptyset (&reset);
  sigaddset (&reset, SIGPIPE);
  sigaddset (&reset, SIGCHLD);
  posix_spawnattr_setsigmask (&attributes, &blocked);
  posix_spawnattr_setsigdefault (&attributes, &reset);
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  /* What comes in on standard input is for the arbiter alone. */
  result = posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (int i = 0; i < 2 && output_fds != NULL && result == 0; i++)
    result = posix_spawn_file_actions_adddup2 (&actions, output_fds[i], STDOUT_FILENO + i);
  for (guint i = 0; i < n_fds && result == 0; i++)
    result = posix_spawn_file_actions_adddup2 (&actions, fds[i], PULSAR_IDENTITY_MAILBOX_FD + (int) i);
  if (result == 0)
    result = posix_spawn_file_actions_addclosefrom_np (&actions, PULSAR_IDENTITY_MAILBOX_FD + (int) n_fds);
  if (result == 0 && directory != NULL)
    result = posix_spawn_file_actions_addchdir_np (&actions, directory);
  if (result == 0)
    result = posix_spawn (pid, pulsar_recipe_get_program (recipe), &actions, &attributes,
                          (char **) pulsar_recipe_get_argv (recipe), environment);

  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return result;
}

static int
spawn_process (PulsarRecipe  *recipe,
               char         **environment,
               const int     *fds,
               guint          n_fds,
               const int     *output_fds,
               int            mailbox_fd,
               int           *pid)
{
  g_autofree int *sources = g_new (int, n_fds + 1);
  g_autoptr(GArray) copies = g_array_new (FALSE, FALSE, sizeof (int));
  int result = 0;

  g_array_set_clear_func (copies, (GDestroyNotify) close_fd);
  sources[0] = mailbox_fd;
  for (guint i = 0; i < n_fds; i++)
    sources[i + 1] = fds[i];

  /* One that bears a number another one is to get would be overwritten before it is copied. */
  for (guint i = 0; i <= n_fds && result == 0; i++)
    {
      int first_free = PULSAR_IDENTITY_MAILBOX_FD + (int) n_fds + 1;

      if (sources[i] >= first_free)
        continue;
      sources[i] = fcntl (sources[i], F_DUPFD_CLOEXEC, first_free);
      if (sources[i] < 0)
        result = errno;
      else
        g_array_append_val (copies, sources[i]);
    }

  return result != 0 ? result : execute (recipe, environment, sources, n_fds + 1, output_fds, pid);
}

static PulsarExitRecord *
make_record (PulsarChild *self,
             gboolean     known,
             int          status)
{
  PulsarExitReason reason;
  gboolean signalled = known && WIFSIGNALED (status);

  if (!known)
    reason = PULSAR_EXIT_REASON_LOST;
  else if (self->expected != PULSAR_EXIT_REASON_EXITED)
    reason = self->expected;
  else
    reason = signalled ? PULSAR_EXIT_REASON_SIGNALLED : PULSAR_EXIT_REASON_EXITED;

  return pulsar_exit_record_new (self->worker_pid, self->started, g_get_monotonic_time (), reason,
                                 known && WIFEXITED (status) ? WEXITSTATUS (status) : -1,
                                 signalled ? WTERMSIG (status) : 0,
                                 signalled && WCOREDUMP (status));
}

static gpointer
wait_thread (gpointer data)
{
  PulsarChildWait *wait = data;
  siginfo_t info;

  while (waitid (P_PID, (id_t) wait->pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
    { /* a signal of the program */ }
  eventfd_write (wait->fd, 1);
  g_free (wait);
  return NULL;
}

/* A descriptor that is readable once the process ended, or -1 with errno. Before Linux 5.3, in a sandbox that does not know
 * the call, and under valgrind there is no pidfd, and a thread waits. */
static int
open_process (int pid)
{
  int fd = pidfd_open (pid, 0);
  PulsarChildWait *wait;
  GThread *thread;

  if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
    return fd;

  fd = eventfd (0, EFD_CLOEXEC);
  if (fd < 0)
    return -1;
  wait = g_new0 (PulsarChildWait, 1);
  wait->pid = pid;
  wait->fd = fd;
  thread = g_thread_try_new ("pulsar-wait", wait_thread, wait, NULL);
  if (thread == NULL)
    {
      g_free (wait);
      close (fd);
      errno = EAGAIN;
      return -1;
    }
  g_thread_unref (thread);
  return fd;
}

/* A worker under a wrapper may be in a session, and so in a group, of its own. */
static void
signal_worker (PulsarChild *self,
               int          signal_number)
{
  int group;

  if (self->worker_fd < 0 || pidfd_send_signal (self->worker_fd, 0, NULL, 0) != 0)
    return;

  group = getpgid (self->worker_pid);
  if (group == self->pid)
    return;  /* that group has it */
  if (group != self->worker_pid || kill (-group, signal_number) != 0)
    pidfd_send_signal (self->worker_fd, signal_number, NULL, 0);
}

static void
process_exited_cb (GIOCondition condition,
                   gpointer     user_data)
{
  PulsarChild *self = user_data;
  g_autoptr(PulsarChild) watched = NULL;
  siginfo_t info = { .si_pid = 0 };
  int status = 0;
  int reaped;

  /* Of a zombie neither the id nor the group can be anybody else's: the moment to end what the process left behind. */
  if (waitid (P_PID, (id_t) self->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    {
      if (info.si_pid == 0)
        return;
      signal_worker (self, SIGKILL);
      kill (-self->pid, SIGKILL);
    }

  do
    reaped = waitpid (self->pid, &status, WNOHANG);
  while (reaped < 0 && errno == EINTR);
  pulsar_reaper_group_ended (self->pid);
  if (self->worker_pid != self->pid)
    pulsar_reaper_group_ended (self->worker_pid);

  self->record = make_record (self, reaped == self->pid, status);
  g_clear_pointer (&self->watch, pulsar_poll_source_free);
  watched = self;  /* its reference to us lasts until the return */
  g_close (self->watch_fd, NULL);
  g_signal_emit (self, signals[SIGNAL_EXITED], 0, self->record);
}

static const PulsarPollFuncs watch_funcs = { "[pulsar] child exit", NULL, process_exited_cb };

static void
pulsar_child_finalize (GObject *object)
{
  PulsarChild *self = PULSAR_CHILD (object);

  g_assert (self->watch == NULL);  /* a running child is kept by its watch */
  close_fd (&self->worker_fd);
  g_clear_object (&self->record);

  G_OBJECT_CLASS (pulsar_child_parent_class)->finalize (object);
}

static void
pulsar_child_class_init (PulsarChildClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = pulsar_child_finalize;

  signals[SIGNAL_EXITED] =
    g_signal_new ("exited", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, PULSAR_TYPE_EXIT_RECORD);
}

static void
pulsar_child_init (PulsarChild *self)
{
  self->expected = PULSAR_EXIT_REASON_EXITED;
  self->worker_fd = -1;
}

/* Both are in the hands of the program: how many addresses it binds, and on what thread it runs. */
static gboolean
check_call (guint    n_fds,
            GError **error)
{
  if (n_fds > PULSAR_IDENTITY_MAX_FDS)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("%u descriptors are too many for a worker: at most %d"), n_fds, PULSAR_IDENTITY_MAX_FDS);
      return FALSE;
    }
  /* The death signal of a child comes when the thread ends that made it. */
  if (gettid () != getpid ())
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED,
                           _("Workers can be started on the main thread only"));
      return FALSE;
    }
  return TRUE;
}

PulsarChild *
pulsar_child_spawn (PulsarRecipe        *recipe,
                    const int           *fds,
                    guint                n_fds,
                    const int           *output_fds,
                    const char * const  *environ_overrides,
                    int                 *mailbox_fd,
                    GError             **error)
{
  g_autoptr(PulsarChild) self = NULL;
  g_auto(GStrv) environment = NULL;
  const char *program, *script;
  struct stat info;
  int ends[2], fd, result, pid = 0, on = 1;

  g_return_val_if_fail (recipe != NULL, NULL);
  g_return_val_if_fail (fds != NULL || n_fds == 0, NULL);
  g_return_val_if_fail (mailbox_fd != NULL, NULL);

  if (!check_call (n_fds, error))
    return NULL;

  program = pulsar_recipe_get_program (recipe);
  script = pulsar_recipe_get_script (recipe);
  if (script != NULL && access (script, F_OK) != 0)
    {
      /* An interpreter would start all the same, and end at once: a failed attempt is easier to bear than a crash, and the script may
       * come back (an installation goes on). */
      result = errno;
      set_spawn_error (error, script, result);
      return NULL;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      result = errno;
      set_spawn_error (error, program, result);
      return NULL;
    }

  /* The first message then says who sent it: the worker itself, also under a wrapper. */
  setsockopt (ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  if (fstat (ends[1], &info) == 0)
    {
      environment = build_environment (environ_overrides, (guint64) info.st_ino, n_fds);
      result = spawn_process (recipe, environment, fds, n_fds, output_fds, ends[1], &pid);
    }
  else
    result = errno;
  close (ends[1]);  /* at once: our copy would hide the end of the child */
  if (result != 0)
    {
      close (ends[0]);
      set_spawn_error (error, program, result);
      return NULL;
    }

  self = g_object_new (PULSAR_TYPE_CHILD, NULL);
  self->pid = pid;
  self->worker_pid = pid;
  self->started = g_get_monotonic_time ();

  fd = open_process (pid);
  if (fd < 0)
    {
      /* No descriptor left: then there is no way to learn of the exit, so there must be no child. */
      result = errno;
      kill (-pid, SIGKILL);
      while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
        { /* a signal of the program */ }
      close (ends[0]);
      set_spawn_error (error, program, result);
      return NULL;
    }

  pulsar_reaper_add_group (pid);
  self->watch_fd = fd;
  self->watch = pulsar_poll_source_new (fd, G_IO_IN, PULSAR_POLL_SELDOM, &watch_funcs, g_object_ref (self));

  *mailbox_fd = ends[0];
  return g_steal_pointer (&self);
}

int
pulsar_child_get_pid (PulsarChild *self)
{
  g_return_val_if_fail (PULSAR_IS_CHILD (self), 0);

  return self->worker_pid;
}

gboolean
pulsar_child_set_worker_pid (PulsarChild *self,
                             int          pid)
{
  int fd;

  g_return_val_if_fail (PULSAR_IS_CHILD (self), FALSE);

  if (pid <= 0 || pid == self->worker_pid || self->worker_fd >= 0 || self->record != NULL)
    return FALSE;

  /* Without a pidfd its id is known, but it cannot be signalled: once it is gone the id may be that of another process. */
  fd = pidfd_open (pid, 0);
  self->worker_pid = pid;
  self->worker_fd = fd;
  pulsar_reaper_add_group (pid);
  return TRUE;
}

gint64
pulsar_child_get_started (PulsarChild *self)
{
  g_return_val_if_fail (PULSAR_IS_CHILD (self), 0);

  return self->started;
}

PulsarExitRecord *
pulsar_child_get_exit_record (PulsarChild *self)
{
  g_return_val_if_fail (PULSAR_IS_CHILD (self), NULL);

  return self->record;
}

void
pulsar_child_signal (PulsarChild *self,
                     int          signal_number)
{
  g_return_if_fail (PULSAR_IS_CHILD (self));
  g_return_if_fail (signal_number > 0);

  if (self->record != NULL)
    return;
  signal_worker (self, signal_number);
  if (kill (-self->pid, signal_number) != 0 && errno == ESRCH)
    kill (self->pid, signal_number);
}

void
pulsar_child_expect (PulsarChild      *self,
                     PulsarExitReason  reason)
{
  g_return_if_fail (PULSAR_IS_CHILD (self));

  self->expected = reason;
}

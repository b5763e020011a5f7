/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-glib/control/pulsar-pid-file-private.h"
#include "pulsar-test.h"

#define N_THREADS 8
#define N_ROUNDS 50

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("pid-file-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "a.pid", NULL);
}

/* Whatever a test does: nothing is left beside the file. */
static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
write_file (const char *path,
            const char *text)
{
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
assert_contents (const char *path,
                 const char *expected)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_ours (const char *path)
{
  g_autofree char *expected = g_strdup_printf ("%d\n", (int) getpid ());

  assert_contents (path, expected);
}

static void
assert_refused (const char *path,
                const char *reason)
{
  g_autoptr(GError) error = NULL;
  PulsarPidFile *file = pulsar_pid_file_open (path, &error);

  g_assert_null (file);
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PID_FILE);
  g_assert_nonnull (strstr (error->message, path));
  if (strstr (error->message, reason) == NULL)
    g_error ("“%s” does not say “%s”", error->message, reason);
}

static void
assert_taken (const char *path)
{
  g_autoptr(GError) error = NULL;
  PulsarPidFile *file = pulsar_pid_file_open (path, &error);

  g_assert_no_error (error);
  assert_ours (path);
  pulsar_pid_file_free (file);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_life (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *holder = g_strdup_printf ("process %d holds it", (int) getpid ());
  PulsarPidFile *file;
  struct stat status;
  guint n_fds = pulsar_test_count_fds ();
  mode_t mask = umask (022);

  g_test_summary ("The file is made, held against a second one, and removed");
  file = pulsar_pid_file_open (fixture->path, &error);
  umask (mask);
  g_assert_no_error (error);
  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0644);
  assert_ours (fixture->path);
  assert_refused (fixture->path, holder);
  assert_ours (fixture->path);
  g_assert_true (pulsar_pid_file_check (fixture->path, &error));
  g_assert_no_error (error);
  pulsar_pid_file_free (file);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  assert_taken (fixture->path);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_stale (Fixture       *fixture,
            gconstpointer  data)
{
  int pid = fork ();
  g_autofree char *dead = NULL;
  const char *texts[] = { NULL, "1\n", "1", "", "\n" };

  g_test_summary ("A file that nobody holds is replaced, whatever its number says");
  if (pid == 0)
    _exit (0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  dead = g_strdup_printf ("%d\n", pid);
  texts[0] = dead;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      write_file (fixture->path, texts[i]);
      assert_taken (fixture->path);
    }
}

static void
test_other_contents (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char *const texts[] = { "x", "12 13\n", "-5\n", "0\n", "99999999999\n", "root:x:0:0:root:/root:/bin/bash\nnobody:x:1\n",
                                       "0x10", "[pulsar]\n" };

  g_test_summary ("A file that is no pid file is not touched");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;

      write_file (fixture->path, texts[i]);
      assert_refused (fixture->path, "other contents");
      g_assert_false (pulsar_pid_file_check (fixture->path, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PID_FILE);
      assert_contents (fixture->path, texts[i]);
    }
}

static void
test_no_file (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *missing = g_build_filename (fixture->folder, "missing", "a.pid", NULL);
  g_autofree char *below_file = g_build_filename (fixture->path, "a.pid", NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("What can be no pid file is refused with a reason, and left as it is");
  assert_refused (fixture->folder, "it is a folder");
  assert_refused (missing, "does not exist; make it first");
  g_assert_false (pulsar_pid_file_check (missing, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PID_FILE);

  write_file (fixture->path, "");
  assert_refused (below_file, "is not a folder");
  g_remove (fixture->path);

  g_assert_cmpint (symlink ("/nowhere/at/all", fixture->path), ==, 0);
  assert_refused (fixture->path, "symbolic link");
  g_remove (fixture->path);

  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  assert_refused (fixture->path, "something else than a file");
}

static void
test_no_room (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *stale = g_strdup ("1\n");
  struct rlimit before, none;

  g_test_summary ("Where the number cannot be written the old file stays, and nothing is left of the new one");
  write_file (fixture->path, stale);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  for (rlim_t size = 0; size < 2; size++)
    {
      none = before;
      none.rlim_cur = size;
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &none), ==, 0);
      assert_refused (fixture->path, size == 0 ? "File too large" : "No space left");
      g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
      assert_contents (fixture->path, stale);
    }
  signal (SIGXFSZ, SIG_DFL);
}

static void
test_of_others (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  PulsarPidFile *file = pulsar_pid_file_open (fixture->path, &error);
  int pid;

  g_test_summary ("A file that took the place of ours stays, and a process that was forked from ours removes nothing");
  g_assert_no_error (error);
  pid = fork ();
  if (pid == 0)
    {
      pulsar_pid_file_free (file);
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  assert_ours (fixture->path);

  g_remove (fixture->path);
  write_file (fixture->path, "1\n");
  pulsar_pid_file_free (file);
  assert_contents (fixture->path, "1\n");
}

static void
test_locked (Fixture       *fixture,
             gconstpointer  data)
{
  int fd;

  g_test_summary ("A file that somebody has locked who says nothing of himself is not replaced");
  write_file (fixture->path, "");
  fd = open (fixture->path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  assert_refused (fixture->path, "another process has locked it");
  close (fd);
  assert_taken (fixture->path);
}

typedef struct
{
  const char *path;
  int go;             /* (atomic) */
  int n_ready;        /* (atomic) */
  int n_refused;      /* (atomic) */
  PulsarPidFile *won[N_THREADS];
} Race;

typedef struct
{
  Race *race;
  guint number;
} Runner;

static gpointer
run_thread (gpointer data)
{
  Runner *runner = data;
  Race *race = runner->race;
  g_autoptr(GError) error = NULL;

  g_atomic_int_inc (&race->n_ready);
  while (!g_atomic_int_get (&race->go))
    g_thread_yield ();
  race->won[runner->number] = pulsar_pid_file_open (race->path, &error);
  if (race->won[runner->number] == NULL)
    {
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PID_FILE);
      g_atomic_int_inc (&race->n_refused);
    }
  return NULL;
}

static void
test_race (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("Of many that are started at the same time one gets the file, be there none or a stale one");
  for (guint round = 0; round < (pulsar_test_is_slowed_down () ? N_ROUNDS / 10 : N_ROUNDS); round++)
    {
      Race race = { .path = fixture->path };
      Runner runners[N_THREADS];
      GThread *threads[N_THREADS];

      if (round % 2 == 0)
        write_file (fixture->path, "99999999\n");  /* more than the kernel gives */
      for (guint i = 0; i < N_THREADS; i++)
        {
          runners[i] = (Runner) { &race, i };
          threads[i] = g_thread_new ("race", run_thread, &runners[i]);
        }
      while (g_atomic_int_get (&race.n_ready) < N_THREADS)
        g_thread_yield ();
      g_atomic_int_set (&race.go, 1);
      for (guint i = 0; i < N_THREADS; i++)
        g_thread_join (threads[i]);

      g_assert_cmpint (race.n_refused, ==, N_THREADS - 1);
      assert_ours (fixture->path);
      for (guint i = 0; i < N_THREADS; i++)
        g_clear_pointer (&race.won[i], pulsar_pid_file_free);
      g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(name, function) g_test_add ("/pid-file/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("life", test_life);
  ADD ("stale", test_stale);
  ADD ("other-contents", test_other_contents);
  ADD ("no-file", test_no_file);
  ADD ("no-room", test_no_room);
  ADD ("of-others", test_of_others);
  ADD ("locked", test_locked);
  ADD ("race", test_race);
#undef ADD
  return g_test_run ();
}

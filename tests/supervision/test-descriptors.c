/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <stdio.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

/* Descriptors that worker processes hand to each other, through the arbiter. */

static int
ask_number (TestProgram *program,
            const char  *target,
            const char  *command)
{
  static guint n = 0;
  g_autofree char *pattern = g_strdup_printf ("answer n%u *", ++n);
  g_autofree char *line = NULL;
  int number = -1;

  test_program_send (program, "ask n%u %s %s", n, target, command);
  line = test_program_wait (program, pattern);
  g_assert_cmpint (sscanf (line, "answer n%*u ok (%d,)", &number), ==, 1);
  return number;
}

/* Says something to the server; returns the process that echoed it. */
static int
talk (GSocketConnection *connection,
      const char        *word)
{
  g_autofree char *line = g_strconcat (word, "\n", NULL);
  g_autofree char *expected = NULL;
  g_autoptr(GError) error = NULL;
  char answer[256];
  gsize length = 0;
  int pid = 0;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  do
    {
      gssize n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer + length,
                                      sizeof answer - 1 - length, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (n, >, 0);
      length += (gsize) n;
    }
  while (answer[length - 1] != '\n');

  answer[length] = '\0';
  g_assert_cmpint (sscanf (answer, "%d ", &pid), ==, 1);
  expected = g_strdup_printf ("%d %s", pid, line);
  g_assert_cmpstr (answer, ==, expected);
  return pid;
}

static GSocketConnection *
call_server (int port)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GError) error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) port, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
test_descriptors_move (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", NULL);
  g_autoptr(GSocketConnection) one = NULL;
  g_autoptr(GSocketConnection) other = NULL;
  g_autoptr(GSocketConnection) later = NULL;
  int n_arbiter_fds;
  int n_fds[2];
  int port;
  int pid;
  int new_pid;

  g_test_summary ("Live clients and their listening socket go from worker to worker, and the echo goes on; nothing stays open");
  test_program_expect (program, "ready app.*");
  test_program_expect (program, "ready app.*");
  n_fds[0] = ask_number (program, "app.1", "count-fds");
  n_fds[1] = ask_number (program, "app.2", "count-fds");
  test_program_send (program, "fds");
  n_arbiter_fds = test_program_wait_pid (program, "fds *");
  port = ask_number (program, "app.1", "listen");
  one = call_server (port);
  other = call_server (port);
  pid = talk (one, "one");
  g_assert_cmpint (talk (other, "other"), ==, pid);
  for (guint i = 0; i < 10; i++)
    {
      int from = i % 2 + 1;
      int to = 3 - from;

      test_program_send (program, "ask move app.%d move \"('app.%d',)\"", from, to);
      test_program_expect (program, "answer move ok (2,)");
      new_pid = talk (one, "again");
      g_assert_cmpint (new_pid, !=, pid);
      g_assert_cmpint (talk (other, "and again"), ==, new_pid);
      pid = new_pid;
    }
  g_assert_cmpint (ask_number (program, "app.2", "count-fds"), ==, n_fds[1]);

  /* The port answers too. */
  later = call_server (port);
  g_assert_cmpint (talk (later, "later"), ==, pid);
  g_assert_cmpint (ask_number (program, "app.1", "count-fds"), ==, n_fds[0] + 4);
  test_program_send (program, "ask end app.1 hang-up");
  test_program_expect (program, "answer end ok *");
  test_program_send (program, "fds");
  g_assert_cmpint (test_program_wait_pid (program, "fds *"), ==, n_arbiter_fds);
  test_program_stop (program);
}

static void
test_descriptors_memory (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", NULL);
  int n_fds;

  g_test_summary ("An answer brings memory along, and the handle in it says which");
  test_program_expect (program, "ready app.*");
  test_program_expect (program, "ready app.*");
  n_fds = ask_number (program, "app.1", "count-fds");
  for (guint i = 0; i < 20; i++)
    {
      test_program_send (program, "ask memory app.1 read-memory \"('app.2',)\"");
      test_program_expect (program, "answer memory ok ('memory 1 of *");
    }
  g_assert_cmpint (ask_number (program, "app.1", "count-fds"), ==, n_fds);

  /* A worker that asks for what it does not say gets no further than the door. */
  test_program_send (program, "ask none app.1 ask \"('app.2', 'adopt', <(@h 0, @ah [])>)\"");
  test_program_expect (program, "answer none error pulsar-error-quark 5 *descriptor that did not come along*");
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/descriptors/move", test_descriptors_move);
  g_test_add_func ("/descriptors/memory", test_descriptors_memory);
  return g_test_run ();
}

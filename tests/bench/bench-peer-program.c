/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers in other languages: a program of tests/bench/peers that asks and echoes by itself. It first prints the pids of
 * who asks and who echoes; each line "SIZE MILLISECONDS" it reads is one run, answered by a line with the round trips a
 * second. It ends when its input does. */
#include "bench-peer.h"

#include <stdlib.h>

typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
} Program;

static char *
read_line (Program *program)
{
  g_autoptr(GError) error = NULL;
  char *line = g_data_input_stream_read_line (program->output, NULL, NULL, &error);

  g_assert_no_error (error);
  if (line == NULL)
    g_error ("A peer ended early");
  return line;
}

static void
program_begin (BenchPeer  *peer,
               const char *name)
{
  g_autofree char *path = g_build_filename (PULSAR_BENCH_PEERS, name, NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *line = NULL;
  g_auto(GStrv) pids = NULL;
  Program *program = peer->data = g_new0 (Program, 1);

  program->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, path, NULL);
  g_assert_no_error (error);
  program->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (program->process));
  line = read_line (program);
  pids = g_strsplit (line, " ", 2);
  g_assert_cmpuint (g_strv_length (pids), ==, 2);
  peer->asker = atoi (pids[0]);
  peer->pid = atoi (pids[1]);
}

static double
program_run (BenchPeer *peer,
             gsize      size,
             double     seconds)
{
  Program *program = peer->data;
  g_autofree char *question = g_strdup_printf ("%" G_GSIZE_FORMAT " %d\n", size, (int) (seconds * 1000));
  g_autofree char *answer = NULL;
  g_autoptr(GError) error = NULL;

  g_output_stream_write_all (g_subprocess_get_stdin_pipe (program->process), question, strlen (question), NULL, NULL, &error);
  g_assert_no_error (error);
  answer = read_line (program);
  return g_ascii_strtod (answer, NULL);
}

static void
program_end (BenchPeer *peer)
{
  Program *program = peer->data;

  g_output_stream_close (g_subprocess_get_stdin_pipe (program->process), NULL, NULL);
  g_subprocess_wait (program->process, NULL, NULL);
  g_clear_object (&program->output);
  g_clear_object (&program->process);
  g_free (program);
}

static void
erlang_begin (BenchPeer *peer)
{
  program_begin (peer, "erlang");
}

static void
python_begin (BenchPeer *peer)
{
  program_begin (peer, "python");
}

const BenchPeerClass bench_peer_erlang = { "erlang", NULL, erlang_begin, program_run, program_end };
const BenchPeerClass bench_peer_python = { "python", NULL, python_begin, program_run, program_end };

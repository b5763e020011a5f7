/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target without a fuzzing engine: every file of its corpus, every truncation of each, and random mutations
 * of them. `--seconds N` goes on for so long. As a test it says TAP; the input that crashed is left in a file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static int n_mutations = 5000;
static int n_seconds = 0;
static char *crash_file = NULL;
static char *corpus = NULL;
static int seed = 0;

static const GOptionEntry entries[] = {
  { "corpus", 0, 0, G_OPTION_ARG_FILENAME, &corpus, "Folder of the corpus", "DIR" },
  { "crash-file", 0, 0, G_OPTION_ARG_FILENAME, &crash_file, "Where the last input is kept while it runs", "FILE" },
  { "mutations", 0, 0, G_OPTION_ARG_INT, &n_mutations, "Number of mutations", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_INT, &n_seconds, "Mutate for so long instead", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "Of the random numbers; 0: a new one", "N" },
  G_OPTION_ENTRY_NULL
};

static GPtrArray *
load_corpus (void)
{
  GPtrArray *inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open (corpus, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (corpus, name, NULL);
      char *data;
      gsize size;

      g_file_get_contents (path, &data, &size, &error);
      g_assert_no_error (error);
      g_ptr_array_add (inputs, g_byte_array_new_take ((guint8 *) data, size));
    }
  return inputs;
}

/* Numbers that are wrong more often than others. */
static const guint8 interesting[] = { 0, 1, 7, 8, 16, 17, 31, 32, 33, 0x7f, 0x80, 0xfe, 0xff, '(', ')', 'a', 'v', '{', 'm', '*' };

static void
mutate (GByteArray *data,
        GPtrArray  *inputs,
        GRand      *rand)
{
  guint n_changes = (guint) g_rand_int_range (rand, 1, 6);

  for (guint i = 0; i < n_changes; i++)
    {
      guint at = data->len > 0 ? (guint) g_rand_int_range (rand, 0, (gint32) data->len) : 0;
      GByteArray *other = inputs->pdata[g_rand_int_range (rand, 0, (gint32) inputs->len)];

      switch (data->len > 0 ? g_rand_int_range (rand, 0, 7) : 6)
        {
        case 0:
          data->data[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
          break;
        case 1:
          data->data[at] = (guint8) g_rand_int (rand);
          break;
        case 2:
          data->data[at] = interesting[g_rand_int_range (rand, 0, G_N_ELEMENTS (interesting))];
          break;
        case 3:
          /* In the head, where each byte has a meaning. */
          data->data[at % MIN (data->len, 32)] = interesting[g_rand_int_range (rand, 0, G_N_ELEMENTS (interesting))];
          break;
        case 4:
          g_byte_array_remove_range (data, at, (guint) g_rand_int_range (rand, 1, (gint32) MIN (data->len - at, 16) + 1));
          break;
        case 5:
          g_byte_array_set_size (data, at);
          break;
        default:
          g_byte_array_append (data, other->data, other->len);
          break;
        }
    }
}

static void
run (const guint8 *data,
     gsize         size)
{
  /* A crash leaves no other trace of what caused it. */
  if (crash_file != NULL)
    g_file_set_contents (crash_file, (const char *) data, (gssize) size, NULL);
  LLVMFuzzerTestOneInput (data, size);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GPtrArray) inputs = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GRand) rand = NULL;
  gint64 end;
  guint64 n_runs = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_parse (context, &argc, &argv, &error);
  g_assert_no_error (error);

  inputs = load_corpus ();
  g_assert_cmpuint (inputs->len, >, 0);
  g_print ("1..2\n");

  for (guint i = 0; i < inputs->len; i++)
    {
      GByteArray *input = inputs->pdata[i];

      for (gsize size = 0; size <= input->len; size += size < 512 ? 1 : 97)
        run (input->data, size);
      run (input->data, input->len);
    }
  g_print ("ok 1 - corpus of %u files\n", inputs->len);

  if (seed == 0)
    seed = (int) (g_random_int () >> 1) | 1;
  g_print ("# --seed %d\n", seed);
  rand = g_rand_new_with_seed ((guint32) seed);
  end = g_get_monotonic_time () + n_seconds * G_USEC_PER_SEC;
  while (n_seconds > 0 ? g_get_monotonic_time () < end : n_runs < (guint64) n_mutations)
    {
      GByteArray *input = inputs->pdata[g_rand_int_range (rand, 0, (gint32) inputs->len)];
      g_autoptr(GByteArray) data = g_byte_array_new ();

      g_byte_array_append (data, input->data, input->len);
      mutate (data, inputs, rand);
      run (data->data, data->len);
      n_runs++;
    }
  g_print ("ok 2 - %" G_GUINT64_FORMAT " mutations\n", n_runs);
  if (crash_file != NULL)
    unlink (crash_file);
  return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "own-places.h"
#include "pulsar-test.h"

#define N_MANY 200

typedef struct _Item Item;

struct _Item
{
  PulsarPollSource *source;
  int fds[2];
  guint n_read;
  guint n_times;
  guint n_prepared;
  guint again;         /* so often prepare () says yes */
  GIOCondition last;
  Item *victim;        /* is freed in the dispatch */
  gboolean nests;      /* runs a main loop in the dispatch */
  gint64 postpones;    /* gives this time to the other one in the dispatch */
  Item *other;
};

static GString *order;

static gboolean
prepare_cb (gpointer user_data)
{
  Item *item = user_data;

  item->n_prepared++;
  return item->again > 0;
}

static void
dispatch_cb (GIOCondition condition,
             gpointer     user_data)
{
  Item *item = user_data;
  char byte;

  item->last = condition;
  if (condition == 0 && item->again > 0)
    item->again--;
  else if (condition == 0)
    {
      item->n_times++;
      pulsar_poll_source_set_ready_time (item->source, -1);
    }
  if ((condition & G_IO_IN) != 0 && read (item->fds[0], &byte, 1) == 1)
    {
      item->n_read++;
      g_string_append_c (order, byte);
    }
  if (item->victim != NULL)
    g_clear_pointer (&item->victim->source, pulsar_poll_source_free);
  if (item->other != NULL)
    pulsar_poll_source_set_ready_time (item->other->source, item->postpones);
  if (item->nests)
    {
      item->nests = FALSE;
      while (g_main_context_iteration (g_main_context_get_thread_default (), FALSE))
        { /* until nothing is left to be done */ }
    }
}

static const PulsarPollFuncs funcs = { "[test] item", prepare_cb, dispatch_cb };

static void
item_init (Item           *item,
           PulsarPollKind  kind)
{
  *item = (Item) { .n_read = 0 };
  g_assert_no_errno (pipe2 (item->fds, O_CLOEXEC | O_NONBLOCK));
  item->source = pulsar_poll_source_new (item->fds[0], G_IO_IN, kind, &funcs, item);
}

static void
item_clear (Item *item)
{
  g_clear_pointer (&item->source, pulsar_poll_source_free);
  close (item->fds[0]);
  if (item->fds[1] >= 0)
    close (item->fds[1]);
}

static void
put (Item *item,
     char  byte)
{
  g_assert_cmpint (write (item->fds[1], &byte, 1), ==, 1);
}

static void
run_all (void)
{
  while (g_main_context_iteration (g_main_context_get_thread_default (), FALSE))
    { /* until nothing is left to be done */ }
}

/* A context of its own, so that nothing else is in it. */
static GMainContext *
begin (void)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  order = g_string_new (NULL);
  return context;
}

static void
end (GMainContext *context)
{
  g_string_free (order, TRUE);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}

static guint
count_polled (GMainContext *context)
{
  GPollFD fds[N_MANY * 2];
  int priority;
  int timeout;
  int n;

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  n = g_main_context_query (context, priority, &timeout, fds, G_N_ELEMENTS (fds));
  g_main_context_check (context, priority, fds, n);
  g_main_context_release (context);
  return (guint) n;
}

static void
test_poll_source_many (void)
{
  GMainContext *context = begin ();
  guint n_fds = pulsar_test_count_fds ();
  guint n_before = count_polled (context);
  Item items[N_MANY];

  g_test_summary ("However many there are, the context polls a few descriptors, and each source gets what is its own");
  for (guint i = 0; i < N_MANY; i++)
    item_init (&items[i], i % 2 == 0 ? PULSAR_POLL_BUSY : PULSAR_POLL_SELDOM);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds + 2 * N_MANY + 1);
  g_assert_cmpuint (count_polled (context), ==, n_before + OWN_PLACES + 1);

  put (&items[1], 'a');
  put (&items[N_MANY - 1], 'b');
  pulsar_test_wait_for (items[1].n_read == 1 && items[N_MANY - 1].n_read == 1);
  for (guint i = 0; i < N_MANY; i++)
    put (&items[i], 'c');
  pulsar_test_wait_for (order->len == N_MANY + 2);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_assert_cmpuint (items[i].n_read, ==, i == 1 || i == N_MANY - 1 ? 2 : 1);
      g_assert_cmpint (items[i].last, ==, G_IO_IN);
      item_clear (&items[i]);
    }
  g_assert_cmpuint (count_polled (context), ==, n_before);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
  end (context);
}

static void
test_poll_source_places (void)
{
  GMainContext *context = begin ();
  guint n_before = count_polled (context);
  Item items[OWN_PLACES + 2];

  g_test_summary ("A place that is free again is taken by the next busy one; those that are seldom busy take none");
  for (guint i = 0; i < OWN_PLACES; i++)
    item_init (&items[i], PULSAR_POLL_BUSY);
  item_init (&items[OWN_PLACES], PULSAR_POLL_SELDOM);
  g_assert_cmpuint (count_polled (context), ==, n_before + OWN_PLACES + 1);
  item_clear (&items[0]);
  g_assert_cmpuint (count_polled (context), ==, n_before + OWN_PLACES);
  item_init (&items[OWN_PLACES + 1], PULSAR_POLL_SELDOM);
  g_assert_cmpuint (count_polled (context), ==, n_before + OWN_PLACES);
  item_init (&items[0], PULSAR_POLL_BUSY);
  g_assert_cmpuint (count_polled (context), ==, n_before + OWN_PLACES + 1);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    item_clear (&items[i]);
  end (context);
}

static void
test_poll_source_times (gconstpointer kind)
{
  GMainContext *context = begin ();
  gint64 now = g_get_monotonic_time ();
  Item items[3];

  g_test_summary ("The time comes once, in the order of times; -1 takes it back, and one that is dispatched earlier may put it off");
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    item_init (&items[i], GPOINTER_TO_UINT (kind));
  pulsar_poll_source_set_ready_time (items[0].source, now + G_TIME_SPAN_HOUR);
  pulsar_poll_source_set_ready_time (items[1].source, now + 1000);
  pulsar_poll_source_set_ready_time (items[2].source, 0);
  g_assert_cmpint (pulsar_poll_source_get_ready_time (items[1].source), ==, now + 1000);
  pulsar_test_wait_for (items[1].n_times == 1);
  g_assert_cmpuint (items[2].n_times, ==, 1);
  g_assert_cmpint (pulsar_poll_source_get_time (items[1].source), >=, now + 1000);
  run_all ();
  g_assert_cmpuint (items[0].n_times + items[1].n_times + items[2].n_times, ==, 2);

  pulsar_poll_source_set_ready_time (items[0].source, 0);
  pulsar_poll_source_set_ready_time (items[0].source, -1);
  run_all ();
  g_assert_cmpuint (items[0].n_times, ==, 0);

  /* Both are due in one turn, and the first takes it from the second. */
  items[1].other = &items[2];
  items[1].postpones = -1;
  pulsar_poll_source_set_ready_time (items[1].source, 0);
  if (kind == GUINT_TO_POINTER (PULSAR_POLL_SELDOM))
    pulsar_poll_source_set_ready_time (items[2].source, 1);
  run_all ();
  g_assert_cmpuint (items[1].n_times, ==, 2);
  g_assert_cmpuint (items[2].n_times, ==, 1);

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    item_clear (&items[i]);
  end (context);
}

static void
test_poll_source_free (gconstpointer kind)
{
  GMainContext *context = begin ();
  Item items[4];

  g_test_summary ("A dispatch may free its own source, and others that are ready in the same turn");
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      item_init (&items[i], GPOINTER_TO_UINT (kind));
      put (&items[i], 'x');
      pulsar_poll_source_set_ready_time (items[i].source, 0);
    }
  items[0].victim = &items[1];
  items[1].victim = &items[0];
  items[2].victim = &items[2];
  run_all ();
  g_assert_cmpuint (items[0].n_read + items[1].n_read, ==, 1);
  g_assert_cmpuint (items[2].n_read, ==, 1);
  g_assert_null (items[2].source);
  g_assert_cmpuint (items[3].n_read, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    item_clear (&items[i]);
  end (context);
}

static void
test_poll_source_nested (gconstpointer kind)
{
  GMainContext *context = begin ();
  Item items[4];

  g_test_summary ("A main loop inside a dispatch serves the others, which may then be gone, and asks the one that is busy");
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    item_init (&items[i], GPOINTER_TO_UINT (kind));
  items[0].nests = TRUE;
  items[0].victim = NULL;
  items[1].victim = &items[2];
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    put (&items[i], (char) ('0' + i));
  while (items[0].n_read == 0)
    g_main_context_iteration (context, TRUE);
  run_all ();
  g_assert_cmpuint (items[0].n_read + items[1].n_read + items[3].n_read, ==, 3);
  g_assert_cmpuint (items[2].n_read, <=, 1);
  g_assert_null (items[2].source);

  /* What is still to be done goes on in there. */
  items[0].nests = TRUE;
  items[0].n_prepared = 0;
  items[0].again = 3;
  put (&items[0], 'z');
  g_main_context_iteration (context, TRUE);
  run_all ();
  g_assert_cmpuint (items[0].again, ==, 0);
  g_assert_cmpuint (items[0].n_prepared, >=, 4);
  g_assert_cmpuint (items[0].n_read, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    item_clear (&items[i]);
  end (context);
}

static void
test_poll_source_ask (gconstpointer kind)
{
  GMainContext *context = begin ();
  Item item;

  g_test_summary ("Who asks to be asked is asked before the next poll, and dispatched as long as it says so");
  item_init (&item, GPOINTER_TO_UINT (kind));
  run_all ();
  item.n_prepared = 0;
  item.again = 2;
  pulsar_poll_source_ask (item.source);
  run_all ();
  g_assert_cmpuint (item.again, ==, 0);
  g_assert_cmpuint (item.n_prepared, >=, 3);

  /* Without an event nothing is dispatched. */
  pulsar_poll_source_ask (item.source);
  run_all ();
  g_assert_cmpuint (item.n_times + item.n_read, ==, 0);
  pulsar_poll_source_ask (item.source);
  item_clear (&item);
  run_all ();
  end (context);
}

static void
test_poll_source_outside (void)
{
  GMainContext *context = begin ();
  PulsarPollDispatch running;
  Item item;

  g_test_summary ("What runs callbacks outside a dispatch is asked by a main loop inside");
  item_init (&item, PULSAR_POLL_SELDOM);
  run_all ();
  item.n_prepared = 0;
  pulsar_poll_source_enter (item.source, &running);
  run_all ();
  g_assert_cmpuint (item.n_prepared, >=, 1);
  item.again = 1;
  run_all ();
  g_assert_cmpuint (item.again, ==, 0);
  item_clear (&item);
  pulsar_poll_source_leave (&running);
  run_all ();
  end (context);
}

static void
test_poll_source_condition (gconstpointer kind)
{
  GMainContext *context = begin ();
  Item item;

  g_test_summary ("What is waited for can be changed, and the end of the other side is told anyway");
  item_init (&item, GPOINTER_TO_UINT (kind));
  put (&item, 'x');
  pulsar_poll_source_set_condition (item.source, 0);
  run_all ();
  g_assert_cmpuint (item.n_read, ==, 0);
  pulsar_poll_source_set_condition (item.source, G_IO_IN);
  run_all ();
  g_assert_cmpuint (item.n_read, ==, 1);
  close (item.fds[1]);
  item.fds[1] = -1;
  item.last = 0;
  g_main_context_iteration (context, TRUE);
  g_assert_cmpint (item.last & G_IO_HUP, ==, G_IO_HUP);
  item_clear (&item);
  end (context);
}

static void
test_poll_source_no_epoll (void)
{
  g_test_summary ("A process without a descriptor left for an epoll goes on without");
  if (g_test_subprocess ())
    {
      GMainContext *context = begin ();
      GArray *held = g_array_new (FALSE, FALSE, sizeof (int));
      Item items[3] = { 0 };
      int fd;

      g_assert_no_errno (pipe2 (items[0].fds, O_CLOEXEC | O_NONBLOCK));
      while ((fd = open ("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        g_array_append_val (held, fd);
      g_assert_cmpint (errno, ==, EMFILE);
      items[0].source = pulsar_poll_source_new (items[0].fds[0], G_IO_IN, PULSAR_POLL_SELDOM, &funcs, &items[0]);
      for (guint i = 0; i < held->len; i++)
        close (g_array_index (held, int, i));
      g_array_unref (held);

      put (&items[0], 'x');
      pulsar_test_wait_for (items[0].n_read == 1);
      item_init (&items[1], PULSAR_POLL_SELDOM);
      item_init (&items[2], PULSAR_POLL_SELDOM);
      put (&items[2], 'y');
      pulsar_test_wait_for (items[2].n_read == 1);
      for (guint i = 0; i < G_N_ELEMENTS (items); i++)
        item_clear (&items[i]);
      end (context);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

static void
add (const char    *name,
     GTestDataFunc  func)
{
  g_autofree char *busy = g_strconcat ("/poll-source/", name, "/busy", NULL);
  g_autofree char *seldom = g_strconcat ("/poll-source/", name, "/seldom", NULL);

  g_test_add_data_func (busy, GUINT_TO_POINTER (PULSAR_POLL_BUSY), func);
  g_test_add_data_func (seldom, GUINT_TO_POINTER (PULSAR_POLL_SELDOM), func);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/poll-source/many", test_poll_source_many);
  g_test_add_func ("/poll-source/places", test_poll_source_places);
  add ("times", test_poll_source_times);
  add ("free", test_poll_source_free);
  add ("nested", test_poll_source_nested);
  add ("ask", test_poll_source_ask);
  add ("condition", test_poll_source_condition);
  g_test_add_func ("/poll-source/outside", test_poll_source_outside);
  g_test_add_func ("/poll-source/no-epoll", test_poll_source_no_epoll);
  return g_test_run ();
}

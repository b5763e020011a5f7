/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-watch-table-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/process/pulsar-exit-record-private.h"
#include "pulsar-glib/supervision/pulsar-watch-private.h"

/* A process that is told of the same death many times gets so many in one message. */
#define TOKENS_PER_NOTICE 1000

typedef struct
{
  PulsarActorProxy *proxy;  /* (owned) (nullable) NULL for the process of the arbiter */
  GQueue watched_by;        /* of Watch, by their link_of_subject */
  GHashTable *watches;      /* (owned) token → Watch (owned): what it watches itself */
} Subject;

typedef struct
{
  GList link_of_subject;
  guint64 token;
  Subject *watcher;
  Subject *subject;
} Watch;

typedef struct
{
  char *name;
  char *id;
  PulsarExitRecord *record;
} Dead;

struct _PulsarWatchTable
{
  PulsarDirectory *directory;  /* which owns the table */
  Subject *own;                /* (owned) the process of the arbiter, that only watches */
  GHashTable *living;          /* (owned) id → Subject (owned) */
  GHashTable *dead_by_id;      /* id → Dead */
  GQueue dead;                 /* (owned) of Dead, the newest first */
  guint n_watches;
};

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_queue_unlink (&watch->subject->watched_by, &watch->link_of_subject);
  g_free (watch);
}

static Subject *
subject_new (PulsarActorProxy *proxy)
{
  Subject *subject = g_new0 (Subject, 1);

  subject->proxy = proxy != NULL ? g_object_ref (proxy) : NULL;
  g_queue_init (&subject->watched_by);
  subject->watches = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, watch_free);
  return subject;
}

/* Nobody watches it any more. */
static void
subject_free (gpointer data)
{
  Subject *subject = data;

  g_assert (subject->watched_by.length == 0);
  g_hash_table_unref (subject->watches);
  g_clear_object (&subject->proxy);
  g_free (subject);
}

static void
dead_free (Dead *dead)
{
  g_free (dead->name);
  g_free (dead->id);
  g_object_unref (dead->record);
  g_free (dead);
}

static void
table_free (gpointer data)
{
  PulsarWatchTable *self = data;
  GHashTableIter iter;
  gpointer subject;

  g_hash_table_remove_all (self->own->watches);
  g_hash_table_iter_init (&iter, self->living);
  while (g_hash_table_iter_next (&iter, NULL, &subject))
    g_hash_table_remove_all (((Subject *) subject)->watches);
  g_hash_table_unref (self->living);
  subject_free (self->own);
  g_hash_table_unref (self->dead_by_id);
  g_queue_clear_full (&self->dead, (GDestroyNotify) dead_free);
  g_free (self);
}

PulsarWatchTable *
pulsar_watch_table_get (PulsarDirectory *directory)
{
  static GQuark quark = 0;
  PulsarWatchTable *self;

  if (quark == 0)
    quark = g_quark_from_static_string ("pulsar-watch-table");
  self = g_object_get_qdata (G_OBJECT (directory), quark);
  if (self == NULL)
    {
      self = g_new0 (PulsarWatchTable, 1);
      self->directory = directory;
      self->own = subject_new (NULL);
      self->living = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, subject_free);
      self->dead_by_id = g_hash_table_new (g_str_hash, g_str_equal);
      g_queue_init (&self->dead);
      g_object_set_qdata_full (G_OBJECT (directory), quark, self, table_free);
    }
  return self;
}

void
pulsar_watch_table_begin (PulsarWatchTable *self,
                          PulsarActorProxy *proxy)
{
  g_hash_table_insert (self->living, (char *) pulsar_actor_proxy_get_id (proxy), subject_new (proxy));
}

static void
remember (PulsarWatchTable *self,
          PulsarActorProxy *proxy,
          PulsarExitRecord *record)
{
  Dead *dead = g_new (Dead, 1);

  dead->name = g_strdup (pulsar_actor_proxy_get_name (proxy));
  dead->id = g_strdup (pulsar_actor_proxy_get_id (proxy));
  dead->record = g_object_ref (record);
  g_queue_push_head (&self->dead, dead);
  g_hash_table_insert (self->dead_by_id, dead->id, dead);
  if (self->dead.length > PULSAR_WATCH_DEAD_MAX)
    {
      Dead *oldest = g_queue_pop_tail (&self->dead);

      g_hash_table_remove (self->dead_by_id, oldest->id);
      dead_free (oldest);
    }
}

/* What watchers are told, each in one message or a few: it waits for room in the mailbox, behind whatever else the arbiter sent to them. */
typedef struct
{
  PulsarActorProxy *watcher;  /* (owned) (nullable) */
  GArray *tokens;             /* (owned) of guint64 */
} Notice;

static void
notice_free (gpointer data)
{
  Notice *notice = data;

  g_clear_object (&notice->watcher);
  g_array_unref (notice->tokens);
  g_free (notice);
}

static void
notice_send (Notice           *notice,
             PulsarExitRecord *record)
{
  const guint64 *tokens = (const guint64 *) (gpointer) notice->tokens->data;

  if (notice->watcher == NULL)
    {
      pulsar_watch_notify (tokens, notice->tokens->len, record);
      return;
    }
  for (gsize i = 0; i < notice->tokens->len; i += TOKENS_PER_NOTICE)
    {
      gsize n = MIN (TOKENS_PER_NOTICE, notice->tokens->len - i);
      GVariant *list = g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, tokens + i, n, sizeof (guint64));

      pulsar_actor_proxy_post_async (notice->watcher, "exited",
                                     g_variant_new ("(@at@" PULSAR_EXIT_RECORD_VARIANT_TYPE ")", list,
                                                    pulsar_exit_record_to_variant (record)),
                                     NULL, NULL, NULL, NULL);
    }
}

/* Takes the watches out of the table. */
static GPtrArray *
collect_notices (PulsarWatchTable *self,
                 Subject          *subject)
{
  g_autoptr(GHashTable) by_watcher = g_hash_table_new (NULL, NULL);
  GPtrArray *notices = g_ptr_array_new_with_free_func (notice_free);

  while (subject->watched_by.head != NULL)
    {
      Watch *watch = subject->watched_by.head->data;
      Notice *notice = g_hash_table_lookup (by_watcher, watch->watcher);

      if (notice == NULL)
        {
          notice = g_new (Notice, 1);
          notice->watcher = watch->watcher->proxy != NULL ? g_object_ref (watch->watcher->proxy) : NULL;
          notice->tokens = g_array_new (FALSE, FALSE, sizeof (guint64));
          g_hash_table_insert (by_watcher, watch->watcher, notice);
          g_ptr_array_add (notices, notice);
        }
      g_array_append_val (notice->tokens, watch->token);
      self->n_watches--;
      g_hash_table_remove (watch->watcher->watches, &watch->token);
    }
  return notices;
}

void
pulsar_watch_table_end (PulsarWatchTable *self,
                        PulsarActorProxy *proxy,
                        PulsarExitRecord *record)
{
  g_autoptr(PulsarDirectory) hold G_GNUC_UNUSED = g_object_ref (self->directory);
  g_autoptr(GPtrArray) notices = NULL;
  Subject *subject = g_hash_table_lookup (self->living, pulsar_actor_proxy_get_id (proxy));

  if (subject == NULL)
    return;

  self->n_watches -= g_hash_table_size (subject->watches);
  g_hash_table_remove_all (subject->watches);
  notices = collect_notices (self, subject);
  remember (self, proxy, record);
  g_hash_table_remove (self->living, pulsar_actor_proxy_get_id (proxy));
  for (guint i = 0; i < notices->len; i++)
    notice_send (g_ptr_array_index (notices, i), record);
}

/* The id in `<name>.<id>`, or @target itself. */
static const char *
skip_name (const char *target)
{
  const char *dot = strrchr (target, '.');

  return dot != NULL ? dot + 1 : target;
}

static gboolean
is_called (const char *target,
           const char *name,
           const char *id)
{
  gsize length = strlen (name);

  return g_str_equal (target, id)
         || (strncmp (target, name, length) == 0 && target[length] == '.' && g_str_equal (target + length + 1, id));
}

/* Finds the process of @target among the living or the record of the dead. */
static gboolean
find (PulsarWatchTable  *self,
      const char        *target,
      Subject          **subject,
      PulsarExitRecord **record,
      GError           **error)
{
  Subject *living = g_hash_table_lookup (self->living, skip_name (target));
  Dead *dead = g_hash_table_lookup (self->dead_by_id, skip_name (target));
  guint n_namesakes = 0;
  GHashTableIter iter;
  gpointer value;

  *subject = NULL;
  *record = NULL;
  if (living != NULL && is_called (target, pulsar_actor_proxy_get_name (living->proxy), pulsar_actor_proxy_get_id (living->proxy)))
    {
      *subject = living;
      return TRUE;
    }
  if (dead != NULL && is_called (target, dead->name, dead->id))
    {
      *record = g_object_ref (dead->record);
      return TRUE;
    }
  if (g_str_equal (target, "arbiter") || g_str_equal (target, "monitor")
      || pulsar_directory_lookup_actor (self->directory, target) != NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                   _("Actor “%s” has no process of its own that could be watched: name a worker by its id"), target);
      return FALSE;
    }

  g_hash_table_iter_init (&iter, self->living);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (!g_str_equal (target, pulsar_actor_proxy_get_name (((Subject *) value)->proxy)))
        continue;
      *subject = value;
      n_namesakes++;
    }
  if (n_namesakes > 1)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR,
                   _("Several actors are called “%s”: name one by its id, or by “%s.” and its id"), target, target);
      return FALSE;
    }
  for (GList *l = self->dead.head; *subject == NULL && *record == NULL && l != NULL; l = l->next)
    {
      dead = l->data;
      if (g_str_equal (target, dead->name))
        *record = g_object_ref (dead->record);
    }
  if (*subject != NULL || *record != NULL)
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR, _("There is no actor “%s”"), target);
  return FALSE;
}

static Subject *
get_watcher (PulsarWatchTable *self,
             PulsarActorProxy *watcher)
{
  return watcher != NULL ? g_hash_table_lookup (self->living, pulsar_actor_proxy_get_id (watcher)) : self->own;
}

gboolean
pulsar_watch_table_add (PulsarWatchTable  *self,
                        PulsarActorProxy  *proxy,
                        const char        *target,
                        guint64            token,
                        PulsarExitRecord **record,
                        GError           **error)
{
  Subject *watcher = get_watcher (self, proxy);
  Subject *subject;
  Watch *watch;

  *record = NULL;
  if (watcher == NULL)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED, _("The actor ended before it answered"));
      return FALSE;
    }
  if (!find (self, target, &subject, record, error))
    return FALSE;
  if (subject == NULL)
    return TRUE;
  if (g_hash_table_contains (watcher->watches, &token))
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                           _("The process has a watch of that number already"));
      return FALSE;
    }
  /* A worker may not fill up the memory of the arbiter. */
  if (proxy != NULL && g_hash_table_size (watcher->watches) >= PULSAR_WATCH_WATCHES_MAX)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK, _("The process has %u watches already"),
                   PULSAR_WATCH_WATCHES_MAX);
      return FALSE;
    }

  watch = g_new0 (Watch, 1);
  watch->link_of_subject.data = watch;
  watch->token = token;
  watch->watcher = watcher;
  watch->subject = subject;
  g_queue_push_tail_link (&subject->watched_by, &watch->link_of_subject);
  g_hash_table_insert (watcher->watches, &watch->token, watch);
  self->n_watches++;
  return TRUE;
}

void
pulsar_watch_table_remove (PulsarWatchTable *self,
                           PulsarActorProxy *proxy,
                           guint64           token)
{
  Subject *watcher = get_watcher (self, proxy);

  if (watcher != NULL && g_hash_table_remove (watcher->watches, &token))
    self->n_watches--;
}

guint
pulsar_watch_table_get_n_watches (PulsarWatchTable *self)
{
  return self->n_watches;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-ask-private.h"

#include <string.h>

#include "pulsar-glib/actor/pulsar-spare-object-private.h"

struct _PulsarAsk
{
  GObject parent_instance;
  GObject *source;               /* (owned) (nullable) */
  GAsyncReadyCallback callback;  /* (nullable) */
  gpointer user_data;
  GMainContext *context;         /* (owned) (nullable) where the callback runs, if not inside return () */
  gboolean is_direct;            /* the callback may run inside return () */
  GVariant *body;                /* (owned) (nullable) until finish () */
  GUnixFDList *fds;              /* (owned) (nullable) until finish () */
  GError *error;                 /* (owned) (nullable) until finish () */
};

static gpointer
pulsar_ask_get_user_data (GAsyncResult *result)
{
  return PULSAR_ASK (result)->user_data;
}

static GObject *
pulsar_ask_get_source_object (GAsyncResult *result)
{
  PulsarAsk *self = PULSAR_ASK (result);

  return self->source != NULL ? g_object_ref (self->source) : NULL;
}

static void
async_result_iface_init (GAsyncResultIface *iface)
{
  iface->get_user_data = pulsar_ask_get_user_data;
  iface->get_source_object = pulsar_ask_get_source_object;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PulsarAsk, pulsar_ask, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_ASYNC_RESULT, async_result_iface_init))

static void
clear_fields (PulsarAsk *self)
{
  g_clear_object (&self->source);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->body, g_variant_unref);
  g_clear_object (&self->fds);
  g_clear_error (&self->error);
}

static void
pulsar_ask_finalize (GObject *object)
{
  clear_fields (PULSAR_ASK (object));

  G_OBJECT_CLASS (pulsar_ask_parent_class)->finalize (object);
}

static void
pulsar_ask_class_init (PulsarAskClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pulsar_ask_finalize;
}

static void
pulsar_ask_init (PulsarAsk *self)
{
}

static GPrivate spare_key = G_PRIVATE_INIT (g_object_unref);

PulsarAsk *
pulsar_ask_new (gpointer             source,
                GAsyncReadyCallback  callback,
                gpointer             user_data)
{
  PulsarAsk *self = g_private_get (&spare_key);

  if (self != NULL)
    g_private_set (&spare_key, NULL);
  else
    self = g_object_new (PULSAR_TYPE_ASK, NULL);

  self->source = source != NULL ? g_object_ref (source) : NULL;
  self->callback = callback;
  self->user_data = user_data;
  return self;
}

void
pulsar_ask_begun (PulsarAsk    *self,
                  GMainContext *context)
{
  GMainContext *own = g_main_context_get_thread_default ();

  if (own == NULL)
    own = g_main_context_default ();
  self->is_direct = own == context;
  if (!self->is_direct)
    self->context = g_main_context_ref (own);
}

static void
call_back (PulsarAsk *self)
{
  if (self->callback != NULL)
    self->callback (self->source, (GAsyncResult *) self, self->user_data);

  if (!pulsar_spare_object_can_be_used_again (self) || g_private_get (&spare_key) != NULL)
    {
      g_object_unref (self);
      return;
    }
  clear_fields (self);
  memset ((char *) self + sizeof (GObject), 0, sizeof *self - sizeof (GObject));
  g_private_set (&spare_key, self);
}

static gboolean
call_back_cb (gpointer user_data)
{
  call_back (g_object_ref (user_data));
  return G_SOURCE_REMOVE;
}

void
pulsar_ask_return (PulsarAsk    *self,
                   GVariant     *body,
                   GUnixFDList  *fds,
                   const GError *error)
{
  if (error != NULL)
    self->error = g_error_copy (error);
  else
    self->body = g_variant_ref_sink (body != NULL ? body : g_variant_new_tuple (NULL, 0));
  self->fds = fds != NULL ? g_object_ref (fds) : NULL;

  if (self->is_direct)
    {
      call_back (self);
    }
  else
    {
      g_autoptr(GSource) source = g_idle_source_new ();

      g_source_set_static_name (source, "[pulsar] end of an ask");
      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, call_back_cb, self, g_object_unref);
      g_source_attach (source, self->context != NULL ? self->context : g_main_context_get_thread_default ());
    }
}

gboolean
pulsar_ask_is_valid (gpointer result,
                     gpointer source)
{
  return PULSAR_IS_ASK (result) && PULSAR_ASK (result)->source == source;
}

GVariant *
pulsar_ask_finish (PulsarAsk    *self,
                   GUnixFDList **fds,
                   GError      **error)
{
  if (fds != NULL)
    *fds = g_steal_pointer (&self->fds);
  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  return g_steal_pointer (&self->body);
}

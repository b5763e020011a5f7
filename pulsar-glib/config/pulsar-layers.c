/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-layers-private.h"

/* Highest first. An arbiter's values lie below parameters: they reach only settings nobody has touched. */
static const PulsarOrigin precedence[] = {
  PULSAR_ORIGIN_RUNTIME,
  PULSAR_ORIGIN_COMMAND_LINE,
  PULSAR_ORIGIN_ENVIRONMENT,
  PULSAR_ORIGIN_KEY_FILE,
  PULSAR_ORIGIN_PARAMETER,
  PULSAR_ORIGIN_ARBITER,
  PULSAR_ORIGIN_CLASS,
  PULSAR_ORIGIN_DEFAULT,
};

/* The new value may belong to the old one, so that goes last. */
static void
set_layer (PulsarLayer *layer,
           GVariant    *value,
           const char  *word,
           const char  *detail)
{
  g_autoptr(GVariant) old_value G_GNUC_UNUSED = g_steal_pointer (&layer->value);
  g_autofree char *old_word G_GNUC_UNUSED = g_steal_pointer (&layer->word);
  g_autofree char *old_detail G_GNUC_UNUSED = g_steal_pointer (&layer->detail);

  if (value == NULL)
    return;
  layer->value = g_variant_ref (value);
  layer->word = g_strdup (word);
  layer->detail = g_strdup (detail);
}

static void
update_origin (PulsarLayers *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (precedence); i++)
    if (self->items[precedence[i]].value != NULL)
      {
        self->origin = precedence[i];
        return;
      }
  self->origin = PULSAR_ORIGIN_DEFAULT;
}

void
pulsar_layers_set (PulsarLayers *self,
                   PulsarOrigin  origin,
                   GVariant     *value,
                   const char   *word,
                   const char   *detail)
{
  set_layer (&self->items[origin], value, word, detail);
  update_origin (self);
}

void
pulsar_layers_reset (PulsarLayers *self)
{
  for (gsize i = PULSAR_ORIGIN_DEFAULT + 1; i < G_N_ELEMENTS (self->items); i++)
    set_layer (&self->items[i], NULL, NULL, NULL);
  update_origin (self);
}

void
pulsar_layers_clear (PulsarLayers *self)
{
  pulsar_layers_reset (self);
  set_layer (&self->items[PULSAR_ORIGIN_DEFAULT], NULL, NULL, NULL);
}

void
pulsar_layers_copy (PulsarLayers       *self,
                    const PulsarLayers *other)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->items); i++)
    set_layer (&self->items[i], other->items[i].value, other->items[i].word, other->items[i].detail);
  update_origin (self);
}

const PulsarLayer *
pulsar_layers_peek (const PulsarLayers *self)
{
  return &self->items[self->origin];
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-origin.h>

G_BEGIN_DECLS

/* The value one origin gives to a setting. */
typedef struct
{
  GVariant *value;  /* (owned) (nullable) NULL if it gives none */
  char *word;       /* (owned) (nullable) the word the value was given by */
  char *detail;     /* (owned) (nullable) where exactly the origin has it */
} PulsarLayer;

/* All values of a setting. Once the default is set `origin` is the highest layer that has a value. */
typedef struct
{
  PulsarLayer items[PULSAR_ORIGIN_RUNTIME + 1];
  PulsarOrigin origin;
} PulsarLayers;

/* Puts a value on a layer; with NULL the layer has none. */
void               pulsar_layers_set   (PulsarLayers       *self,
                                        PulsarOrigin        origin,
                                        GVariant           *value,
                                        const char         *word,
                                        const char         *detail);

/* Clears all layers but the default. */
void               pulsar_layers_reset (PulsarLayers       *self);
void               pulsar_layers_clear (PulsarLayers       *self);
void               pulsar_layers_copy  (PulsarLayers       *self,
                                        const PulsarLayers *other);

/* The layer whose value counts. */
const PulsarLayer *pulsar_layers_peek  (const PulsarLayers *self);

G_END_DECLS

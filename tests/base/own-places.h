/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include "pulsar-glib/base/pulsar-poll-source-private.h"

/* A context gives a GSource of its own to so many of what it waits for. */
#define OWN_PLACES 8

static inline void
own_place_dispatch (GIOCondition condition,
                    gpointer     user_data)
{
}

/* Takes these places for the life of the program, so that everything else shares one source. */
static inline PulsarPollSource **
take_own_places (void)
{
  static const PulsarPollFuncs funcs = { "[test] place", NULL, own_place_dispatch };
  static PulsarPollSource *places[OWN_PLACES];

  for (guint i = 0; i < OWN_PLACES; i++)
    places[i] = pulsar_poll_source_new (-1, 0, PULSAR_POLL_BUSY, &funcs, NULL);
  return places;
}

/* The argument of a test that is run again that way. */
static inline gboolean
take_own_places_if_asked (int    argc,
                          char **argv)
{
  if (argc < 2 || strcmp (argv[argc - 1], "--shared") != 0)
    return FALSE;
  take_own_places ();
  return TRUE;
}

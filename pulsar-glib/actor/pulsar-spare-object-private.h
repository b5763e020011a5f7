/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The end of a GObject costs as much as ten times its memory: the results of asks and the requests that answer them are
 * therefore used again, one of each in a thread, if nobody can tell: nobody else has a reference, and nothing (a weak
 * reference, a wrapper of a binding) has ever been hung on it that is still there. All of that is in qdata, toggle
 * references as a bit of the pointer. */
static inline gboolean
pulsar_spare_object_can_be_used_again (gpointer object)
{
  GObject *base = object;

  return g_atomic_int_get ((int *) &base->ref_count) == 1 && base->qdata == NULL;
}

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-hook.h>

G_BEGIN_DECLS

/* The run of the hook ended: with @error if a handler failed it, if it was held for too long or if it was cancelled. Called exactly once, from
 * within whatever ended the run; @hook stays valid during the call. */
typedef void (*PulsarHookDone) (PulsarHook   *hook,
                                const GError *error,
                                gpointer      user_data);

/* A hook that is about to be emitted; it is held by its emission until pulsar_hook_emitted (). A @timeout_ms of 0 is no timeout; the time counts
 * from here. A hook that has not ended keeps itself alive. */
PulsarHook *pulsar_hook_new     (const char     *name,
                                 guint           timeout_ms,
                                 PulsarHookDone  done,
                                 gpointer        user_data) G_GNUC_WARN_UNUSED_RESULT;

/* Every handler was called. If none of them holds the hook, it ends within this call. */
void        pulsar_hook_emitted (PulsarHook     *self);

/* Cancels the cancellable and ends the run with PULSAR_ERROR_CANCELLED, at once or when the emission is over. No effect after the end. */
void        pulsar_hook_cancel  (PulsarHook     *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-hook-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

/**
 * PulsarHook:
 *
 * One run of a hook.
 *
 * A hook is a signal that marks a step in the life of an actor or of an
 * application, such as [signal@Pulsar.Actor::starting]. Each handler gets the
 * same object. A handler that returns is done with its part, unless it called
 * [method@Pulsar.Hook.hold]: then the step waits until
 * [method@Pulsar.Hook.release] was called as often. Several handlers may hold
 * at the same time.
 *
 * [method@Pulsar.Hook.fail] fails the step. It does not end it: whoever holds
 * the hook still has to release it. The first failure is the result of the
 * step; later ones are logged.
 *
 * A step that is held for longer than the setting `start-timeout` or
 * `graceful-timeout` allows fails with `PULSAR_ERROR_TIMED_OUT`; one that
 * is given up because the actor stops fails with
 * `PULSAR_ERROR_CANCELLED`. Both cancel
 * [property@Pulsar.Hook:cancellable], so pass it to everything a handler
 * waits for.
 *
 * The object belongs to the thread that emits the hook.
 *
 * Since: 0.1
 */
struct _PulsarHook
{
  GObject parent_instance;
  const char *name;           /* interned */
  GCancellable *cancellable;  /* (owned) (not nullable) */
  GError *error;              /* (owned) (nullable) the first failure */
  GSource *timeout;           /* (owned) (nullable) armed while the run lasts */
  PulsarHookDone done;        /* (nullable) NULL once the run ended */
  gpointer done_data;
  guint n_holds;              /* how often handlers hold it; those left after the end may still be released */
  guint timeout_ms;
  enum
  {
    PHASE_EMITTING,           /* handlers are being called: nothing ends the run */
    PHASE_HELD,               /* every handler was called: the last release ends it */
    PHASE_ENDED,
  } phase;
  gboolean broken_off;        /* timed out or cancelled: ends without waiting for releases */
};

typedef enum
{
  PROP_NAME = 1,
  PROP_CANCELLABLE,
} PulsarHookProperty;

static GParamSpec *properties[PROP_CANCELLABLE + 1];

G_DEFINE_FINAL_TYPE (PulsarHook, pulsar_hook, G_TYPE_OBJECT)

/* Ends the run if nothing keeps it. May drop the last reference of a caller that holds none. */
static void
maybe_end (PulsarHook *self)
{
  PulsarHookDone done = self->done;

  if (self->phase != PHASE_HELD || (self->n_holds > 0 && !self->broken_off))
    return;

  self->phase = PHASE_ENDED;
  self->done = NULL;
  if (self->timeout != NULL)
    {
      g_source_destroy (self->timeout);
      g_clear_pointer (&self->timeout, g_source_unref);
    }
  done (self, self->error, self->done_data);
  g_object_unref (self);  /* the run's own reference */
}

/* Takes ownership of @error. */
static void
add_failure (PulsarHook *self,
             GError     *error)
{
  if (self->error == NULL && self->phase != PHASE_ENDED)
    {
      self->error = error;
      return;
    }
  g_info ("Hook “%s” failed once more: %s", self->name, error->message);
  g_error_free (error);
}

static void
break_off (PulsarHook *self,
           GError     *error)
{
  g_autoptr(PulsarHook) hold G_GNUC_UNUSED = g_object_ref (self);

  self->broken_off = TRUE;
  add_failure (self, error);
  g_cancellable_cancel (self->cancellable);
  maybe_end (self);
}

static void
pulsar_hook_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  PulsarHook *self = PULSAR_HOOK (object);

  switch ((PulsarHookProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_CANCELLABLE:
      g_value_set_object (value, self->cancellable);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_hook_finalize (GObject *object)
{
  PulsarHook *self = PULSAR_HOOK (object);

  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (pulsar_hook_parent_class)->finalize (object);
}

static void
pulsar_hook_class_init (PulsarHookClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_hook_get_property;
  object_class->finalize = pulsar_hook_finalize;

  /**
   * PulsarHook:name:
   *
   * The name of the hook, such as `worker-start`.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarHook:cancellable:
   *
   * Cancelled when the step is given up.
   *
   * That is when it was held for too long, or when the actor stops before the
   * step ended.
   *
   * Since: 0.1
   */
  properties[PROP_CANCELLABLE] =
    g_param_spec_object ("cancellable", NULL, NULL, G_TYPE_CANCELLABLE,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
pulsar_hook_init (PulsarHook *self)
{
  self->cancellable = g_cancellable_new ();
}

static gboolean
timeout_expired_cb (gpointer user_data)
{
  PulsarHook *self = user_data;

  break_off (self, g_error_new (PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT,
                                _("Hook “%s” was held for more than %u ms"), self->name, self->timeout_ms));
  return G_SOURCE_REMOVE;
}

PulsarHook *
pulsar_hook_new (const char     *name,
                 guint           timeout_ms,
                 PulsarHookDone  done,
                 gpointer        user_data)
{
  PulsarHook *self = g_object_new (PULSAR_TYPE_HOOK, NULL);

  g_assert (name != NULL);
  g_assert (done != NULL);

  self->name = g_intern_string (name);
  self->done = done;
  self->done_data = user_data;
  self->timeout_ms = timeout_ms;
  if (timeout_ms > 0)
    {
      self->timeout = g_timeout_source_new (timeout_ms);
      g_source_set_static_name (self->timeout, "[pulsar] hook timeout");
      g_source_set_callback (self->timeout, timeout_expired_cb, self, NULL);
      g_source_attach (self->timeout, g_main_context_get_thread_default ());
    }
  return g_object_ref (self);  /* the other one belongs to the run */
}

void
pulsar_hook_emitted (PulsarHook *self)
{
  g_assert (PULSAR_IS_HOOK (self));
  g_assert (self->phase == PHASE_EMITTING);

  self->phase = PHASE_HELD;
  maybe_end (self);
}

void
pulsar_hook_cancel (PulsarHook *self)
{
  g_assert (PULSAR_IS_HOOK (self));

  if (self->phase != PHASE_ENDED)
    break_off (self, g_error_new (PULSAR_ERROR, PULSAR_ERROR_CANCELLED,
                                  _("Hook “%s” was given up"), self->name));
}

/**
 * pulsar_hook_get_name:
 * @self: a hook
 *
 * Gets the name of the hook.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
pulsar_hook_get_name (PulsarHook *self)
{
  g_return_val_if_fail (PULSAR_IS_HOOK (self), NULL);

  return self->name;
}

/**
 * pulsar_hook_get_cancellable:
 * @self: a hook
 *
 * Gets what is cancelled when the step is given up.
 *
 * Returns: (transfer none): the cancellable
 *
 * Since: 0.1
 */
GCancellable *
pulsar_hook_get_cancellable (PulsarHook *self)
{
  g_return_val_if_fail (PULSAR_IS_HOOK (self), NULL);

  return self->cancellable;
}

/**
 * pulsar_hook_hold:
 * @self: a hook
 *
 * Keeps the step from ending until [method@Pulsar.Hook.release].
 *
 * After the step ended this warns and does nothing.
 *
 * Since: 0.1
 */
void
pulsar_hook_hold (PulsarHook *self)
{
  g_return_if_fail (PULSAR_IS_HOOK (self));

  if (self->phase == PHASE_ENDED)
    {
      g_warning ("Hook “%s” was held after its end", self->name);
      return;
    }
  g_object_ref (self);
  self->n_holds++;
}

/**
 * pulsar_hook_release:
 * @self: a hook
 *
 * Takes back one [method@Pulsar.Hook.hold].
 *
 * The last one ends the step, within this call if every handler was called
 * already. Without a hold this warns and does nothing. A hold may be taken
 * back after the step was given up; that has no effect.
 *
 * Since: 0.1
 */
void
pulsar_hook_release (PulsarHook *self)
{
  g_return_if_fail (PULSAR_IS_HOOK (self));

  if (self->n_holds == 0)
    {
      g_warning ("Hook “%s” was released without being held", self->name);
      return;
    }
  self->n_holds--;
  maybe_end (self);
  g_object_unref (self);
}

/**
 * pulsar_hook_fail:
 * @self: a hook
 * @error: what went wrong
 *
 * Fails the step.
 *
 * The step does not end before its last hold is released. The first failure is
 * its result; later ones are logged. Failing a step after its end, without
 * still holding it, warns and does nothing.
 *
 * Since: 0.1
 */
void
pulsar_hook_fail (PulsarHook   *self,
                  const GError *error)
{
  g_return_if_fail (PULSAR_IS_HOOK (self));
  g_return_if_fail (error != NULL);

  if (self->phase == PHASE_ENDED && self->n_holds == 0)
    {
      g_warning ("Hook “%s” was failed after its end: %s", self->name, error->message);
      return;
    }
  add_failure (self, g_error_copy (error));
}

/**
 * pulsar_hook_fail_literal:
 * @self: a hook
 * @message: what went wrong, for people
 *
 * Fails the step with `PULSAR_ERROR_HOOK`.
 *
 * See [method@Pulsar.Hook.fail].
 *
 * Since: 0.1
 */
void
pulsar_hook_fail_literal (PulsarHook *self,
                          const char *message)
{
  g_autoptr(GError) error = NULL;

  g_return_if_fail (PULSAR_IS_HOOK (self));
  g_return_if_fail (message != NULL);

  error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_HOOK, message);
  pulsar_hook_fail (self, error);
}

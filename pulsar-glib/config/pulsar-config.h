/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>
#include <pulsar-glib/config/pulsar-setting.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_CONFIG (pulsar_config_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarConfig, pulsar_config, PULSAR, CONFIG, GObject)

PULSAR_AVAILABLE_IN_ALL
PulsarConfig  *pulsar_config_new              (void) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
GListModel    *pulsar_config_get_settings     (PulsarConfig        *self);
PULSAR_AVAILABLE_IN_ALL
GVariant      *pulsar_config_get_parameters   (PulsarConfig        *self) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
void           pulsar_config_add_setting      (PulsarConfig        *self,
                                               PulsarSetting       *setting);
PULSAR_AVAILABLE_IN_ALL
PulsarSetting *pulsar_config_get_setting      (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
GVariant      *pulsar_config_get_value        (PulsarConfig        *self,
                                               const char          *name) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_value        (PulsarConfig        *self,
                                               const char          *name,
                                               GVariant            *value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
void           pulsar_config_set_class_value  (PulsarConfig        *self,
                                               const char          *name,
                                               GVariant            *value);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_get_boolean      (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_boolean      (PulsarConfig        *self,
                                               const char          *name,
                                               gboolean             value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
int            pulsar_config_get_int          (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_int          (PulsarConfig        *self,
                                               const char          *name,
                                               int                  value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
guint          pulsar_config_get_uint         (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_uint         (PulsarConfig        *self,
                                               const char          *name,
                                               guint                value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
gint64         pulsar_config_get_int64        (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_int64        (PulsarConfig        *self,
                                               const char          *name,
                                               gint64               value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
double         pulsar_config_get_double       (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_double       (PulsarConfig        *self,
                                               const char          *name,
                                               double               value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
char          *pulsar_config_dup_string       (PulsarConfig        *self,
                                               const char          *name) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_string       (PulsarConfig        *self,
                                               const char          *name,
                                               const char          *value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
char         **pulsar_config_dup_strv         (PulsarConfig        *self,
                                               const char          *name) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_strv         (PulsarConfig        *self,
                                               const char          *name,
                                               const char * const  *value,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
gint64         pulsar_config_get_duration     (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_duration     (PulsarConfig        *self,
                                               const char          *name,
                                               gint64               duration_us,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
guint64        pulsar_config_get_size         (PulsarConfig        *self,
                                               const char          *name);
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_set_size         (PulsarConfig        *self,
                                               const char          *name,
                                               guint64              size,
                                               GError             **error);
PULSAR_AVAILABLE_IN_ALL
PulsarConfig  *pulsar_config_copy             (PulsarConfig        *self) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
PulsarConfig  *pulsar_config_copy_with_prefix (PulsarConfig        *self,
                                               const char          *prefix) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
GVariant      *pulsar_config_to_snapshot      (PulsarConfig        *self) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
gboolean       pulsar_config_apply_snapshot   (PulsarConfig        *self,
                                               GVariant            *snapshot,
                                               GError             **error);

G_END_DECLS

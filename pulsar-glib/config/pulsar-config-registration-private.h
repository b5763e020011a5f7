/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-setting.h>

G_BEGIN_DECLS

/* What the author of a program did wrong with its settings: kept until the configuration is loaded, which then fails. */
typedef struct _PulsarConfigRegistration PulsarConfigRegistration;

/* The settings of @settings, a list of the library's, cannot be replaced by others from now on. */
PulsarConfigRegistration *pulsar_config_registration_new       (GListModel               *settings) G_GNUC_WARN_UNUSED_RESULT;
void                      pulsar_config_registration_free      (PulsarConfigRegistration *self);

/* Whether @setting may take the place of @old_setting. A scope may be added twice. */
gboolean                  pulsar_config_registration_allows    (PulsarConfigRegistration *self,
                                                                PulsarSetting            *old_setting,
                                                                PulsarSetting            *setting);

/* A class has a wrong value; it has one for a name that no setting bears yet. */
void                      pulsar_config_registration_add_wrong (PulsarConfigRegistration *self,
                                                                const char               *message);
void                      pulsar_config_registration_add_free  (PulsarConfigRegistration *self,
                                                                const char               *name);

/* With all settings in @settings now. PULSAR_ERROR_CONFIGURATION, with a line for each mistake. */
gboolean                  pulsar_config_registration_check     (PulsarConfigRegistration *self,
                                                                GListModel               *settings,
                                                                GError                  **error);

G_END_DECLS

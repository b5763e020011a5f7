/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define PULSAR_INSIDE

#include <pulsar-glib/base/pulsar-version-macros.h>
#include <pulsar-glib/pulsar-enum-types.h>
#include <pulsar-glib/actor/pulsar-actor-proxy.h>
#include <pulsar-glib/actor/pulsar-actor.h>
#include <pulsar-glib/actor/pulsar-command.h>
#include <pulsar-glib/actor/pulsar-hook.h>
#include <pulsar-glib/actor/pulsar-relation.h>
#include <pulsar-glib/actor/pulsar-request.h>
#include <pulsar-glib/actor/pulsar-spawn.h>
#include <pulsar-glib/base/pulsar-error.h>
#include <pulsar-glib/base/pulsar-state.h>
#include <pulsar-glib/config/pulsar-config.h>
#include <pulsar-glib/config/pulsar-origin.h>
#include <pulsar-glib/config/pulsar-setting.h>
#include <pulsar-glib/process/pulsar-exit-record.h>

#undef PULSAR_INSIDE

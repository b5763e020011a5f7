/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define PULSAR_INSIDE

#include <pulsar-glib/base/pulsar-version-macros.h>
#include <pulsar-glib/pulsar-enum-types.h>
#include <pulsar-glib/actor/pulsar-actor-proxy.h>
#include <pulsar-glib/actor/pulsar-actor.h>
#include <pulsar-glib/actor/pulsar-command.h>
#include <pulsar-glib/actor/pulsar-direct-channel.h>
#include <pulsar-glib/actor/pulsar-hook.h>
#include <pulsar-glib/actor/pulsar-relation.h>
#include <pulsar-glib/actor/pulsar-request.h>
#include <pulsar-glib/actor/pulsar-spawn.h>
#include <pulsar-glib/actor/pulsar-topic.h>
#include <pulsar-glib/application/pulsar-application.h>
#include <pulsar-glib/application/pulsar-configurator.h>
#include <pulsar-glib/application/pulsar-multi-app.h>
#include <pulsar-glib/application/pulsar-override.h>
#include <pulsar-glib/application/pulsar-program.h>
#include <pulsar-glib/base/pulsar-error.h>
#include <pulsar-glib/base/pulsar-on-app-failed.h>
#include <pulsar-glib/base/pulsar-restart-policy.h>
#include <pulsar-glib/base/pulsar-state.h>
#include <pulsar-glib/base/pulsar-worker-output.h>
#include <pulsar-glib/config/pulsar-config.h>
#include <pulsar-glib/config/pulsar-origin.h>
#include <pulsar-glib/config/pulsar-scope.h>
#include <pulsar-glib/config/pulsar-setting.h>
#include <pulsar-glib/process/pulsar-exit-record.h>
#include <pulsar-glib/server/pulsar-connection.h>
#include <pulsar-glib/server/pulsar-datagram-server.h>
#include <pulsar-glib/server/pulsar-socket-server.h>
#include <pulsar-glib/supervision/pulsar-arbiter.h>
#include <pulsar-glib/supervision/pulsar-monitor.h>
#include <pulsar-glib/supervision/pulsar-watch.h>
#include <pulsar-glib/supervision/pulsar-worker.h>

#undef PULSAR_INSIDE

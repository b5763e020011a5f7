/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PULSAR_BIND_DEFAULT_PORT 8060

typedef enum
{
  PULSAR_BIND_INET,      /* HOST, HOST:PORT, :PORT, [v6], [v6]:PORT */
  PULSAR_BIND_PATH,      /* unix:PATH */
  PULSAR_BIND_ABSTRACT,  /* unix:@NAME */
  PULSAR_BIND_FD,        /* fd:NAME */
} PulsarBindKind;

/* One entry of the setting `bind`, taken apart. */
typedef struct
{
  PulsarBindKind kind;
  char *text;    /* (owned) (not nullable) as it was written */
  char *host;    /* (owned) (nullable) NULL: all addresses; in ASCII, IPv6 without brackets */
  guint16 port;  /* 0: the kernel chooses */
  char *name;    /* (owned) (nullable) path, abstract name without its @, or descriptor name; NULL for INET */
} PulsarBindAddress;

PulsarBindAddress *pulsar_bind_address_parse    (const char         *text,
                                                 GError            **error) G_GNUC_WARN_UNUSED_RESULT;
void               pulsar_bind_address_free     (PulsarBindAddress  *self);

/* Whether @texts is a list of one address or more. */
gboolean           pulsar_bind_address_check    (const char * const *texts,
                                                 GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarBindAddress, pulsar_bind_address_free)

G_END_DECLS

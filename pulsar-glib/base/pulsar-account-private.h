/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* A user as the machine knows it, by name or by number. */
typedef struct
{
  uid_t user;
  gid_t group;      /* (gid_t) -1 for a number that no user bears */
  GArray *groups;   /* (owned) (nullable) gid_t: all that the user is in, @group among them; NULL for such a number */
} PulsarAccount;

void     pulsar_account_clear      (PulsarAccount  *self);

/* Both fail with PULSAR_ERROR_CONFIGURATION. A number need not be known to the machine. */
gboolean pulsar_account_find       (const char     *text,
                                    PulsarAccount  *account,
                                    GError        **error);
gboolean pulsar_account_find_group (const char     *text,
                                    gid_t          *group,
                                    GError        **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PulsarAccount, pulsar_account_clear)

G_END_DECLS

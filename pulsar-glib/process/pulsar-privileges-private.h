/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Whose process a worker is. (uid_t) -1 and (gid_t) -1: that of its supervisor. */
typedef struct
{
  uid_t user;
  gid_t group;
  GArray *groups;  /* (owned) (nullable) gid_t: the supplementary ones; NULL: those of the supervisor */
} PulsarPrivileges;

#define PULSAR_PRIVILEGES_INIT { .user = (uid_t) -1, .group = (gid_t) -1 }

void     pulsar_privileges_clear       (PulsarPrivileges *self);

/* From the settings “user” and “group”; empty texts change nothing. Fails with PULSAR_ERROR_CONFIGURATION. */
gboolean pulsar_privileges_resolve     (PulsarPrivileges *self,
                                        const char       *user,
                                        const char       *group,
                                        GError          **error);

/* Whether this process could make itself theirs, or PULSAR_ERROR_PERMISSION_DENIED; @user and @group are for the message. */
gboolean pulsar_privileges_check       (PulsarPrivileges *self,
                                        const char       *user,
                                        const char       *group,
                                        GError          **error);

/* Makes this process theirs, all threads of it, for good, and proves it. What fails may have been done in part: the process
 * must end. Death signals and the dumpable flag are lost, see pulsar_identity_renew (). */
gboolean pulsar_privileges_drop        (PulsarPrivileges *self,
                                        GError          **error);

/* No program this process or a descendant executes gains privileges any more, be it setuid or have capabilities. */
gboolean pulsar_privileges_forbid_new  (GError          **error);

/* The ids of the threads of this process. */
GArray  *pulsar_privileges_list_threads (GError         **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PulsarPrivileges, pulsar_privileges_clear)

G_END_DECLS

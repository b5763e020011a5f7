/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-socket-owner-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-account-private.h"
#include "pulsar-glib/base/pulsar-error.h"

static gboolean
find_user (const char  *name,
           uid_t       *user,
           GError     **error)
{
  g_auto(PulsarAccount) account = { 0 };

  if (!pulsar_account_find (name, &account, error))
    return FALSE;
  *user = account.user;
  return TRUE;
}

gboolean
pulsar_socket_owner_parse (const char         *text,
                           PulsarSocketOwner  *owner,
                           GError            **error)
{
  g_auto(GStrv) parts = g_strsplit (text, ":", 2);

  *owner = (PulsarSocketOwner) { .user = (uid_t) -1, .group = (gid_t) -1 };
  if (parts[0] == NULL || (*parts[0] == '\0' && (parts[1] == NULL || *parts[1] == '\0'))
      || (parts[1] != NULL && (*parts[1] == '\0' || strchr (parts[1], ':') != NULL)))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an owner; allowed are USER, USER:GROUP and :GROUP"), text);
      return FALSE;
    }
  return (*parts[0] == '\0' || find_user (parts[0], &owner->user, error))
         && (parts[1] == NULL || pulsar_account_find_group (parts[1], &owner->group, error));
}

gboolean
pulsar_socket_owner_parse_mode (const char  *text,
                                mode_t      *mode,
                                GError     **error)
{
  gsize length = strlen (text);

  /* One digit or two would be a mistake in every case: 66 is a mode that lets nobody but the group in. */
  if (length < 3 || length > 4 || strspn (text, "01234567") != length || (length == 4 && text[0] != '0'))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not a mode; allowed are octal digits from 000 to 777, such as 660"), text);
      return FALSE;
    }
  *mode = (mode_t) g_ascii_strtoull (text, NULL, 8);
  return TRUE;
}

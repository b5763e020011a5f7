/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/base/pulsar-account-private.h"

#include <glib/gi18n-lib.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-error.h"

/* (uid_t) -1 means “none” to the kernel and is no user. */
static gboolean
parse_id (const char *text,
          guint64     none,
          guint64    *id)
{
  return *text != '\0' && strspn (text, "0123456789") == strlen (text)
         && g_ascii_string_to_unsigned (text, 10, 0, none - 1, id, NULL);
}

static GArray *
list_groups (const char *name,
             gid_t       group)
{
  g_autoptr(GArray) groups = g_array_new (FALSE, FALSE, sizeof (gid_t));
  int n = 16;

  for (;;)
    {
      int size = n;

      g_array_set_size (groups, (guint) n);
      if (getgrouplist (name, group, (gid_t *) (gpointer) groups->data, &n) >= 0)
        break;
      n = MAX (n, size * 2);  /* it says how many there are, or was changed meanwhile */
    }
  g_array_set_size (groups, (guint) n);
  return g_steal_pointer (&groups);
}

void
pulsar_account_clear (PulsarAccount *self)
{
  g_clear_pointer (&self->groups, g_array_unref);
}

gboolean
pulsar_account_find (const char     *text,
                     PulsarAccount  *account,
                     GError        **error)
{
  const struct passwd *entry = getpwnam (text);
  guint64 id;

  *account = (PulsarAccount) { .group = (gid_t) -1 };
  if (entry == NULL)
    {
      if (!parse_id (text, (uid_t) -1, &id))
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("there is no user “%s” on this machine"), text);
          return FALSE;
        }
      account->user = (uid_t) id;
      entry = getpwuid (account->user);
    }
  if (entry != NULL)
    {
      account->user = entry->pw_uid;
      account->group = entry->pw_gid;
      account->groups = list_groups (entry->pw_name, entry->pw_gid);
    }
  return TRUE;
}

gboolean
pulsar_account_find_group (const char  *text,
                           gid_t       *group,
                           GError     **error)
{
  const struct group *entry = getgrnam (text);
  guint64 id;

  if (entry != NULL)
    {
      *group = entry->gr_gid;
      return TRUE;
    }
  if (parse_id (text, (gid_t) -1, &id))
    {
      *group = (gid_t) id;
      return TRUE;
    }
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("there is no group “%s” on this machine"), text);
  return FALSE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/process/pulsar-privileges-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-account-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/* The arbiter keeps its user, its workers are less trusted. glibc changes the ids of all threads, whoever made them; capabilities and
 * the promise not to gain any belong to a thread, and threads of the program may exist by now. So all of them are looked at afterwards. */

static const struct
{
  int number;
  const char *name;
} capabilities[] = {
  { CAP_SETUID, "CAP_SETUID" },
  { CAP_SETGID, "CAP_SETGID" },
  { CAP_KILL, "CAP_KILL" },
};

static gboolean
has_capability (int number)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

  return syscall (SYS_capget, &header, data) == 0
         && (data[CAP_TO_INDEX (number)].effective & CAP_TO_MASK (number)) != 0;
}

static gboolean
is_user (uid_t user)
{
  uid_t real, effective, saved;

  return getresuid (&real, &effective, &saved) == 0 && real == user && effective == user && saved == user;
}

static gboolean
is_group (gid_t group)
{
  gid_t real, effective, saved;

  return getresgid (&real, &effective, &saved) == 0 && real == group && effective == group && saved == group;
}

/* Whether this process is in no group that it should not be in. */
static gboolean
has_only_groups (PulsarPrivileges *self)
{
  int n = getgroups (0, NULL);
  g_autofree gid_t *groups = g_new0 (gid_t, (gsize) MAX (n, 1));

  n = getgroups (n, groups);
  for (int i = 0; i < n; i++)
    {
      gboolean is_known = groups[i] == self->group;

      for (guint k = 0; k < self->groups->len && !is_known; k++)
        is_known = groups[i] == g_array_index (self->groups, gid_t, k);
      if (!is_known)
        return FALSE;
    }
  return n >= 0;
}

void
pulsar_privileges_clear (PulsarPrivileges *self)
{
  g_clear_pointer (&self->groups, g_array_unref);
}

gboolean
pulsar_privileges_resolve (PulsarPrivileges  *self,
                           const char        *user,
                           const char        *group,
                           GError           **error)
{
  g_auto(PulsarAccount) account = { 0 };

  *self = (PulsarPrivileges) PULSAR_PRIVILEGES_INIT;
  if (*user == '\0' && *group == '\0')
    return TRUE;

  if (*user != '\0')
    {
      if (!pulsar_account_find (user, &account, error))
        {
          g_prefix_error_literal (error, "“user”: ");
          return FALSE;
        }
      self->user = account.user;
      self->group = account.group;
      self->groups = g_steal_pointer (&account.groups);
    }
  if (*group != '\0' && !pulsar_account_find_group (group, &self->group, error))
    {
      g_prefix_error_literal (error, "“group”: ");
      return FALSE;
    }
  if (self->group == (gid_t) -1)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“user”: this machine does not know which group the user %s has; say so with “group”"), user);
      return FALSE;
    }
  if (self->groups == NULL)
    {
      self->groups = g_array_new (FALSE, FALSE, sizeof (gid_t));
      g_array_append_val (self->groups, self->group);
    }
  return TRUE;
}

gboolean
pulsar_privileges_check (PulsarPrivileges  *self,
                         const char        *user,
                         const char        *group,
                         GError           **error)
{
  gboolean other_user = self->user != (uid_t) -1 && !is_user (self->user);
  gboolean other_group = self->groups != NULL && (!is_group (self->group) || !has_only_groups (self));
  /* Who may not send signals to its workers cannot end them. */
  const gboolean is_needed[G_N_ELEMENTS (capabilities)] = { other_user, other_group, other_user };

  for (gsize i = 0; i < G_N_ELEMENTS (capabilities); i++)
    {
      if (!is_needed[i] || has_capability (capabilities[i].number))
        continue;
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_PERMISSION_DENIED,
                   _("“%s”: a program of user %u cannot give its workers to “%s”, for want of %s; start it as root, with all of CAP_SETUID, "
                     "CAP_SETGID and CAP_KILL, or leave the setting out"),
                   other_user ? "user" : "group", (guint) geteuid (), other_user || *group == '\0' ? user : group,
                   capabilities[i].name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
set_drop_error (const char  *call,
                int          number,
                GError     **error)
{
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_PERMISSION_DENIED,
               _("The worker cannot become a process of its “user”: %s: %s"), call, g_strerror (number));
  return FALSE;
}

/* Those of root go with its user, those that a service manager gives do not, and a thread can give up its own only. What takes
 * them from all is a change of all threads from root to another user; so they go by way of root, if they may. */
static gboolean
drop_capabilities (PulsarPrivileges  *self,
                   GError           **error)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

  if (has_capability (CAP_SETUID) && setresuid (0, 0, 0) == 0 && setresuid (self->user, self->user, self->user) != 0)
    return set_drop_error ("setresuid", errno, error);
  prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (syscall (SYS_capset, &header, data) != 0)
    return set_drop_error ("capset", errno, error);
  return TRUE;
}

GArray *
pulsar_privileges_list_threads (GError **error)
{
  g_autoptr(GDir) folder = g_dir_open ("/proc/self/task", 0, error);
  g_autoptr(GArray) threads = NULL;
  const char *name;

  if (folder == NULL)
    return NULL;
  threads = g_array_new (FALSE, FALSE, sizeof (int));
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      int thread = (int) g_ascii_strtoll (name, NULL, 10);

      g_array_append_val (threads, thread);
    }
  return g_steal_pointer (&threads);
}

/* The value of one line of /proc/self/task/ID/status, or NULL if there is none: the thread has ended. */
static char *
read_status (int         thread,
             const char *key)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/status", thread);
  g_autofree char *text = NULL;
  g_autofree char *start = g_strdup_printf ("\n%s:\t", key);
  const char *value;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  value = strstr (text, start);
  if (value == NULL)
    return NULL;
  value += strlen (start);
  return g_strndup (value, strcspn (value, "\n"));
}

/* The first thread that does not have that value, or 0. */
static int
find_thread_without (GArray     *threads,
                     const char *key,
                     const char *expected)
{
  for (guint i = 0; i < threads->len; i++)
    {
      int thread = g_array_index (threads, int, i);
      g_autofree char *value = read_status (thread, key);

      if (value != NULL && !g_str_equal (value, expected))
        return thread;
    }
  return 0;
}

/* Nothing that was said is taken on trust: the ids of all threads, what they may, and whether there is a way back. */
static gboolean
verify_user (PulsarPrivileges  *self,
             uid_t              previous,
             GError           **error)
{
  g_autofree char *users = g_strdup_printf ("%u\t%u\t%u\t%u", self->user, self->user, self->user, self->user);
  g_autoptr(GArray) threads = NULL;

  if (!is_user (self->user))
    return set_drop_error ("getresuid", EPERM, error);
  if (self->user == 0)
    return TRUE;
  threads = pulsar_privileges_list_threads (error);
  if (threads == NULL)
    return FALSE;
  if (find_thread_without (threads, "Uid", users) != 0 || find_thread_without (threads, "CapPrm", "0000000000000000") != 0
      || find_thread_without (threads, "CapEff", "0000000000000000") != 0)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PERMISSION_DENIED,
                           _("The worker cannot become a process of its “user”: a thread that the program started before run () keeps "
                             "capabilities; start it later"));
      return FALSE;
    }

  /* Only now: where threads do not agree about a change of ids, glibc aborts. */
  if (setresuid ((uid_t) -1, 0, (uid_t) -1) == 0 || setresuid (0, (uid_t) -1, (uid_t) -1) == 0
      || (previous != self->user && setresuid ((uid_t) -1, previous, (uid_t) -1) == 0))
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PERMISSION_DENIED,
                           _("The worker cannot become a process of its “user”: it could go back to the user of the arbiter"));
      return FALSE;
    }
  return TRUE;
}

gboolean
pulsar_privileges_drop (PulsarPrivileges  *self,
                        GError           **error)
{
  uid_t previous = geteuid ();

  if (self->groups != NULL)
    {
      /* Fewer groups than it may have are no reason to refuse a program that may not change them. */
      if (setgroups (self->groups->len, (const gid_t *) (gpointer) self->groups->data) != 0
          && !(errno == EPERM && is_group (self->group) && has_only_groups (self)))
        return set_drop_error ("setgroups", errno, error);
      if (!has_only_groups (self))
        return set_drop_error ("setgroups", EPERM, error);
      if (!is_group (self->group) && setresgid (self->group, self->group, self->group) != 0)
        return set_drop_error ("setresgid", errno, error);
      if (!is_group (self->group))
        return set_drop_error ("setresgid", EPERM, error);
    }
  if (self->user == (uid_t) -1)
    return TRUE;

  if (!is_user (self->user) && setresuid (self->user, self->user, self->user) != 0)
    return set_drop_error ("setresuid", errno, error);
  if (self->user != 0 && !drop_capabilities (self, error))
    return FALSE;
  return verify_user (self, previous, error);
}

gboolean
pulsar_privileges_forbid_new (GError **error)
{
  struct sock_filter allow = BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog filter = { .len = 1, .filter = &allow };
  g_autoptr(GArray) threads = NULL;
  int number = 0;

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    number = errno;
  threads = pulsar_privileges_list_threads (error);
  if (threads == NULL)
    return FALSE;
  if (number == 0 && find_thread_without (threads, "NoNewPrivs", "1") == 0)
    return TRUE;

  /* There is no other way to reach a thread than the filter that all of them get, even if it lets everything through. It must
   * not cost what the kernel does for one against attacks. */
  if (number == 0
      && syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) != 0)
    number = errno;
  if (number == 0 && find_thread_without (threads, "NoNewPrivs", "1") == 0)
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
               _("“new-privileges”: not all threads of the worker can be kept from gaining privileges: %s"),
               g_strerror (number != 0 ? number : EPERM));
  return FALSE;
}

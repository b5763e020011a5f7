/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-listener-kind-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter.h"

/* Sockets a service manager opened, after sd_listen_fds (3): LISTEN_FDS says how many there are from descriptor 3 on,
 * LISTEN_PID for which process they are meant, and LISTEN_FDNAMES what they are called. The descriptors stay open as they
 * are, since an application may be started again: a listener is a copy. Workers see neither them nor the variables. */
#define FIRST_FD 3
#define NAMELESS "unknown"  /* as systemd calls them */

/* The names some server of the arbiter that is about to run asks for. */
static GHashTable *wanted;  /* (owned) (nullable) */

static gboolean
read_number (const char *variable,
             guint64     max,
             guint64    *number)
{
  const char *text = secure_getenv (variable);

  return text != NULL && *text != '\0' && strspn (text, "0123456789") == strlen (text)
         && g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}

static void G_GNUC_PRINTF (3, 4)
set_error (GError                  **error,
           const PulsarBindAddress  *address,
           const char               *format,
           ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START, _("Cannot listen on %s: %s"), address->text, reason);
}

/* The names of all descriptors that were passed to this process, in order; NULL with an error if there is none. */
static GStrv
get_names (const PulsarBindAddress  *address,
           GError                  **error)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_auto(GStrv) given = NULL;
  const char *text = secure_getenv ("LISTEN_FDNAMES");
  guint64 n_fds = 0, pid = 0;
  guint n_given;

  if (secure_getenv ("LISTEN_FDS") == NULL || secure_getenv ("LISTEN_PID") == NULL)
    {
      set_error (error, address, _("no sockets were passed to this program; a service manager does that, see systemd.socket(5)"));
      return NULL;
    }
  if (!read_number ("LISTEN_PID", G_MAXINT, &pid) || !read_number ("LISTEN_FDS", G_MAXINT - FIRST_FD, &n_fds) || n_fds == 0)
    {
      set_error (error, address, _("the variables LISTEN_FDS=“%s” and LISTEN_PID=“%s” make no sense"),
                 secure_getenv ("LISTEN_FDS"), secure_getenv ("LISTEN_PID"));
      return NULL;
    }
  if (pid != (guint64) getpid ())
    {
      set_error (error, address, _("sockets were passed to process %s, and this is process %d: the service "
                                   "manager must execute the program itself, without a shell or another program in between"),
                 secure_getenv ("LISTEN_PID"), (int) getpid ());
      return NULL;
    }

  given = g_strsplit (text != NULL ? text : "", ":", -1);
  n_given = g_strv_length (given);
  for (guint i = 0; i < n_fds; i++)
    {
      int flags = fcntl (FIRST_FD + (int) i, F_GETFD);

      if (flags < 0)
        {
          set_error (error, address, _("descriptor %d of the %u that LISTEN_FDS promises is not open"),
                     FIRST_FD + (int) i, (guint) n_fds);
          return NULL;
        }
      fcntl (FIRST_FD + (int) i, F_SETFD, flags | FD_CLOEXEC);
      g_strv_builder_add (names, i < n_given && *given[i] != '\0' ? given[i] : NAMELESS);
    }
  return g_strv_builder_end (names);
}

static void
set_unknown_error (GError                  **error,
                   const PulsarBindAddress  *address,
                   GStrv                     names)
{
  g_autoptr(GString) known = g_string_new (NULL);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autofree char *valid = NULL;

      if (g_strv_contains ((const char * const *) names + i + 1, names[i]))
        continue;
      valid = g_utf8_make_valid (names[i], -1);
      g_string_append_printf (known, "%s“%s”", known->len > 0 ? ", " : "", valid);
    }
  set_error (error, address, _("no socket with the name “%s” was passed to this program; there is %s"), address->name, known->str);
}

static void
arbiter_state_cb (PulsarActor *arbiter,
                  GParamSpec  *pspec,
                  gpointer     user_data)
{
  guint64 n_fds = 0, pid = 0;
  const char *text = secure_getenv ("LISTEN_FDNAMES");
  g_auto(GStrv) given = NULL;
  g_autoptr(GHashTable) told = NULL;
  guint n_given;

  if (pulsar_actor_get_state (arbiter) != PULSAR_STATE_RUNNING || !read_number ("LISTEN_PID", G_MAXINT, &pid)
      || !read_number ("LISTEN_FDS", G_MAXINT - FIRST_FD, &n_fds) || pid != (guint64) getpid ())
    return;

  given = g_strsplit (text != NULL ? text : "", ":", -1);
  n_given = g_strv_length (given);
  told = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < n_fds && fcntl (FIRST_FD + (int) i, F_GETFD) >= 0; i++)
    {
      const char *name = i < n_given && *given[i] != '\0' ? given[i] : NAMELESS;
      g_autofree char *valid = NULL;

      if (g_hash_table_contains (wanted, name) || !g_hash_table_add (told, (gpointer) name))
        continue;
      valid = g_utf8_make_valid (name, -1);
      pulsar_log (PULSAR_LOG_NOTICE, _("A socket “%s” was passed to this program, but nobody serves its clients: “bind” has no “fd:%s”"),
                  valid, valid);
    }
}

void
pulsar_listener_watch_passed (const char * const *addresses)
{
  static const char *const mark = "pulsar-passed-sockets";
  GObject *arbiter = G_OBJECT (pulsar_arbiter_get_default ());

  if (secure_getenv ("LISTEN_FDS") == NULL)
    return;
  if (g_object_get_data (arbiter, mark) == NULL)
    {
      g_object_set_data (arbiter, mark, (gpointer) mark);
      g_clear_pointer (&wanted, g_hash_table_unref);
      wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_signal_connect (arbiter, "notify::state", G_CALLBACK (arbiter_state_cb), NULL);
    }
  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      if (g_str_has_prefix (addresses[i], "fd:"))
        g_hash_table_add (wanted, g_strdup (addresses[i] + strlen ("fd:")));
    }
}

gboolean
pulsar_listener_open_passed (const PulsarBindAddress      *bind_address,
                             const PulsarListenerOptions  *options,
                             GPtrArray                    *listeners,
                             GError                      **error)
{
  g_auto(GStrv) names = get_names (bind_address, error);
  guint n_before = listeners->len;

  if (names == NULL)
    return FALSE;
  for (gsize i = 0; names[i] != NULL; i++)
    {
      PulsarListener *listener;
      int fd;

      if (!g_str_equal (names[i], bind_address->name))
        continue;
      if (!pulsar_listener_check_fd (FIRST_FD + (int) i, options->type, error))
        {
          g_prefix_error (error, _("Cannot listen on %s: "), bind_address->text);
          return FALSE;
        }
      fd = fcntl (FIRST_FD + (int) i, F_DUPFD_CLOEXEC, FIRST_FD);
      if (fd < 0)
        {
          set_error (error, bind_address, "%s", g_strerror (errno));
          return FALSE;
        }
      listener = pulsar_listener_new_take_fd (fd, options->type, error);
      if (listener == NULL)
        return FALSE;
      g_ptr_array_add (listeners, listener);
    }
  if (listeners->len > n_before)
    return TRUE;
  set_unknown_error (error, bind_address, names);
  return FALSE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-port-holder-private.h"

#include <dirent.h>
#include <glib/gi18n-lib.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TCP_STATE_LISTEN 0x0A
#define UDP_STATE_BOUND 0x07
#define UNIX_FLAG_LISTEN 0x10000

typedef struct
{
  guint64 inode;
  guint uid;
  guint score;  /* 0: none; 1: one of both is a wildcard; 2: the very address */
} Listening;

/* IPv4 as IPv4-mapped IPv6, so that both families compare. */
static void
normalise (const guint8 *bytes,
           gsize         size,
           guint8        out[16])
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  static const guint8 any[16] = { 0 };

  if (size == 16)
    {
      memcpy (out, bytes, 16);
      return;
    }
  memcpy (out, mapped, sizeof mapped);
  memcpy (out + 12, bytes, 4);
  if (memcmp (bytes, any, 4) == 0)
    memset (out, 0, 16);
}

static gboolean
is_any (const guint8 bytes[16])
{
  static const guint8 any[16] = { 0 };

  return memcmp (bytes, any, sizeof any) == 0;
}

/* A line of /proc/net/tcp, tcp6, udp or udp6:
 *   0: 0100007F:1F7C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 26811 …
 * The address is printed as 32-bit words of the machine's byte order. */
static void
match_line (const char    *line,
            guint          wanted_state,
            const guint8   wanted[16],
            guint16        port,
            Listening     *best)
{
  char address[33];
  guint local_port, state, uid, score;
  guint64 inode;
  guint32 words[4];
  guint8 local[16];
  gsize n_words;

  if (sscanf (line, " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %u %*u %" G_GUINT64_FORMAT,
              address, &local_port, &state, &uid, &inode) != 5)
    return;
  if (state != wanted_state || local_port != port)
    return;

  n_words = strlen (address) / 8;
  if (n_words != 1 && n_words != 4)
    return;
  for (gsize i = 0; i < n_words; i++)
    {
      char word[9] = { 0 };

      memcpy (word, address + 8 * i, 8);
      words[i] = (guint32) g_ascii_strtoull (word, NULL, 16);
    }
  normalise ((const guint8 *) words, n_words * 4, local);

  if (memcmp (local, wanted, sizeof local) == 0)
    score = 2;
  else if (is_any (local) || is_any (wanted))
    score = 1;
  else
    return;
  if (score > best->score)
    *best = (Listening) { .inode = inode, .uid = uid, .score = score };
}

static void
search_table (const char    *path,
              guint          state,
              const guint8   wanted[16],
              guint16        port,
              Listening     *best)
{
  g_autofree char *table = NULL;
  g_auto(GStrv) lines = NULL;

  if (!g_file_get_contents (path, &table, NULL, NULL))
    return;
  lines = g_strsplit (table, "\n", -1);
  for (gsize i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    match_line (lines[i], state, wanted, port, best);
}

/* Every descriptor of every process is looked at, so nothing is allocated for one. */
static gboolean
holds_inode (const char *pid,
             const char *wanted)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "fd", NULL);
  DIR *dir = opendir (path);
  const struct dirent *entry;
  gboolean found = FALSE;

  if (dir == NULL)  /* of another user, or gone */
    return FALSE;
  while (!found && (entry = readdir (dir)) != NULL)
    {
      char target[64];
      ssize_t length = readlinkat (dirfd (dir), entry->d_name, target, sizeof target - 1);

      target[MAX (length, 0)] = '\0';
      found = g_str_equal (target, wanted);
    }
  closedir (dir);
  return found;
}

/* The time a process was started, in clock ticks since boot; field 22, counted behind the name, which may hold anything. */
static guint64
get_start_time (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *stat = NULL;
  g_auto(GStrv) fields = NULL;
  const char *behind;

  if (!g_file_get_contents (path, &stat, NULL, NULL) || (behind = strrchr (stat, ')')) == NULL)
    return G_MAXUINT64;
  fields = g_strsplit (behind + 1, " ", -1);
  return g_strv_length (fields) > 20 ? g_ascii_strtoull (fields[20], NULL, 10) : G_MAXUINT64;
}

/* Servers hand their listening sockets down to workers: the oldest of all holders is the one to talk about. */
static char *
find_process (guint64 inode)
{
  g_autofree char *wanted = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", inode);
  g_autoptr(GDir) dir = g_dir_open ("/proc", 0, NULL);
  g_autofree char *oldest = NULL;
  guint64 oldest_start = 0;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      guint64 start;

      if (!g_ascii_isdigit (name[0]) || !holds_inode (name, wanted))
        continue;
      start = get_start_time (name);
      if (oldest == NULL || start < oldest_start)
        {
          g_free (oldest);
          oldest = g_strdup (name);
          oldest_start = start;
        }
    }
  return g_steal_pointer (&oldest);
}

/* The program as the user typed it where that can be told, else the name the kernel keeps. */
static char *
get_program (const char *pid)
{
  g_autofree char *cmdline_path = g_build_filename ("/proc", pid, "cmdline", NULL);
  g_autofree char *comm_path = g_build_filename ("/proc", pid, "comm", NULL);
  g_autofree char *cmdline = NULL;
  g_autofree char *comm = NULL;

  if (g_file_get_contents (cmdline_path, &cmdline, NULL, NULL) && *cmdline != '\0')
    {
      g_autofree char *base = g_path_get_basename (cmdline);

      return g_utf8_make_valid (base, -1);
    }
  if (!g_file_get_contents (comm_path, &comm, NULL, NULL))
    return NULL;
  return g_utf8_make_valid (g_strchomp (comm), -1);
}

/* NULL if it is a process of somebody else. */
static char *
describe_process (guint64 inode)
{
  g_autofree char *pid = find_process (inode);
  g_autofree char *program = NULL;

  if (pid == NULL)
    return NULL;
  if (g_ascii_strtoull (pid, NULL, 10) == (guint64) getpid ())
    return g_strdup (_("this program itself"));
  program = get_program (pid);
  if (program != NULL)
    return g_strdup_printf (_("“%s”, process %s"), program, pid);
  return g_strdup_printf (_("process %s"), pid);
}

char *
pulsar_port_holder_describe (GInetSocketAddress *address,
                             GSocketType         type)
{
  GInetAddress *inet = g_inet_socket_address_get_address (address);
  guint16 port = g_inet_socket_address_get_port (address);
  Listening listening = { 0 };
  g_autofree char *words = NULL;
  const struct passwd *user;
  guint8 wanted[16];

  normalise (g_inet_address_to_bytes (inet), g_inet_address_get_native_size (inet), wanted);
  if (type == G_SOCKET_TYPE_DATAGRAM)
    {
      search_table ("/proc/net/udp", UDP_STATE_BOUND, wanted, port, &listening);
      search_table ("/proc/net/udp6", UDP_STATE_BOUND, wanted, port, &listening);
    }
  else
    {
      search_table ("/proc/net/tcp", TCP_STATE_LISTEN, wanted, port, &listening);
      search_table ("/proc/net/tcp6", TCP_STATE_LISTEN, wanted, port, &listening);
    }
  if (listening.score == 0)
    return NULL;

  words = describe_process (listening.inode);
  if (words != NULL)
    return g_steal_pointer (&words);

  user = getpwuid (listening.uid);
  if (user != NULL)
    return g_strdup_printf (_("a process of the user “%s”"), user->pw_name);
  return g_strdup_printf (_("a process of the user with number %u"), listening.uid);
}

/* A line of /proc/net/unix:
 *   ffff9a1b: 00000002 00000000 00010000 0001 01 26811 /run/a.sock
 * Accepted sockets have the name of the one that listens, which the flag tells. A datagram socket has no flag. */
char *
pulsar_port_holder_describe_unix (const char *name)
{
  g_autofree char *table = NULL;
  g_auto(GStrv) lines = NULL;
  guint64 found = 0;

  if (!g_file_get_contents ("/proc/net/unix", &table, NULL, NULL))
    return NULL;
  lines = g_strsplit (table, "\n", -1);
  for (gsize i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    {
      guint64 inode;
      guint flags;
      int at = 0;

      if (sscanf (lines[i], "%*s %*s %*s %x %*s %*s %" G_GUINT64_FORMAT " %n", &flags, &inode, &at) != 2 || at == 0
          || !g_str_equal (lines[i] + at, name))
        continue;
      if (found == 0 || (flags & UNIX_FLAG_LISTEN) != 0)
        found = inode;
    }
  return found != 0 ? describe_process (found) : NULL;
}

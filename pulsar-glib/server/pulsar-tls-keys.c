/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-tls-keys-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/server/pulsar-tls-trial-private.h"

/* More than the certificates of all authorities of the world take. A file that is larger was named by mistake. */
#define FILE_MAX (4 * 1024 * 1024)

/* What a worker reads: the two texts, of which the second may be empty. */
#define KEYS_TYPE G_VARIANT_TYPE ("(ayay)")

static PulsarTlsKeys *
fail (GError     **error,
      const char  *format,
      ...) G_GNUC_PRINTF (2, 3);

static PulsarTlsKeys *
fail (GError     **error,
      const char  *format,
      ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, format, args);
  va_end (args);
  return NULL;
}

static PulsarTlsKeys *
new_keys (void)
{
  PulsarTlsKeys *self = g_new0 (PulsarTlsKeys, 1);

  self->anchors_fd = -1;
  return self;
}

/* Like g_file_get_contents (), but for what must be a file of some size and text. */
static char *
read_file (const char  *source,
           const char  *path,
           GError     **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_autofree char *text = NULL;
  gsize size = 0;
  struct stat status;
  ssize_t n;

  if (fd < 0 && errno == ENOENT && (*path == '"' || *path == '\''))
    {
      fail (error, _("%s: there is no file “%s”: the value has quotes, which key files and variables do not have"), source, path);
      return NULL;
    }
  if (fd < 0)
    {
      fail (error, _("%s: “%s” cannot be read: %s"), source, path, g_strerror (errno));
      return NULL;
    }
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > FILE_MAX)
    {
      close (fd);
      if (S_ISREG (status.st_mode))
        fail (error, _("%s: “%s” is too large for a file of certificates or keys"), source, path);
      else
        fail (error, _("%s: “%s” is not a file"), source, path);
      return NULL;
    }
  text = g_malloc (FILE_MAX + 1);
  while (size < FILE_MAX && (n = read (fd, text + size, FILE_MAX - size)) > 0)
    size += (gsize) n;
  close (fd);
  text[size] = '\0';
  if (strlen (text) != size || strstr (text, "-----BEGIN ") == NULL)
    {
      fail (error, _("%s: “%s” is not in PEM form, which is text with a line “-----BEGIN …-----”"), source, path);
      return NULL;
    }
  return g_realloc (g_steal_pointer (&text), size + 1);
}

static gboolean
has_private_key (const char *text)
{
  return strstr (text, "PRIVATE KEY-----") != NULL;
}

/* The first private key of @text alone. */
static char *
extract_private_key (const char *text)
{
  const char *label = strstr (text, "PRIVATE KEY-----");
  const char *begin = g_strrstr_len (text, label - text, "-----BEGIN ");
  const char *end = strstr (label, "-----END ");

  if (end != NULL)
    end = strstr (end, "PRIVATE KEY-----");
  if (begin == NULL || end == NULL)
    return g_strdup (text);
  return g_strndup (begin, (gsize) (end - begin) + strlen ("PRIVATE KEY-----"));
}

static gboolean
check_key_text (const char  *source,
                const char  *path,
                const char  *text,
                GError     **error)
{
  if (strstr (text, "-----BEGIN ENCRYPTED PRIVATE KEY-----") != NULL || strstr (text, "Proc-Type: 4,ENCRYPTED") != NULL)
    {
      fail (error, _("%s: the private key in “%s” is encrypted; write it without a passphrase, as with "
                     "“openssl pkey -in FILE -out NEW”"),
            source, path);
      return FALSE;
    }
  if (!has_private_key (text))
    {
      fail (error, _("%s: there is no private key in “%s”"), source, path);
      return FALSE;
    }
  return TRUE;
}

static char *
format_date (GDateTime *date)
{
  g_autoptr(GDateTime) utc = g_date_time_to_utc (date);

  return g_date_time_format (utc, "%Y-%m-%d %H:%M:%S UTC");
}

/* Why @certificate cannot be used now, or NULL. */
static char *
describe_bad_date (GTlsCertificate *certificate)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr(GDateTime) from = g_tls_certificate_get_not_valid_before (certificate);
  g_autoptr(GDateTime) until = g_tls_certificate_get_not_valid_after (certificate);
  g_autofree char *text = NULL;

  if (until != NULL && g_date_time_compare (now, until) > 0)
    {
      text = format_date (until);
      return g_strdup_printf (_("expired on %s"), text);
    }
  if (from != NULL && g_date_time_compare (now, from) < 0)
    {
      text = format_date (from);
      return g_strdup_printf (_("is not valid before %s"), text);
    }
  return NULL;
}

/* @pem: with the private key. */
static GTlsCertificate *
parse_certificate (const char  *source,
                   const char  *path,
                   const char  *key_source,
                   const char  *key_path,
                   const char  *pem,
                   GError     **error)
{
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autoptr(GError) reason = NULL;
  g_autofree char *date = NULL;

  certificate = g_tls_certificate_new_from_pem (pem, -1, &reason);
  if (certificate == NULL)
    {
      if (g_str_equal (path, key_path))
        fail (error, _("%s: “%s” cannot be used: %s"), source, path, reason->message);
      else
        fail (error, _("%s: “%s” with the private key in “%s” cannot be used: %s"),
              source, path, key_path, reason->message);
      return NULL;
    }
  date = describe_bad_date (certificate);
  if (date != NULL)
    {
      fail (error, _("%s: the certificate in “%s” %s"), source, path, date);
      return NULL;
    }
  if (!pulsar_tls_trial_run (certificate, &reason))
    {
      if (g_str_equal (path, key_path))
        fail (error, _("%s: the private key in “%s” does not belong to its first certificate: %s"),
              source, path, reason->message);
      else
        fail (error, _("%s: the private key in “%s” does not belong to the certificate in “%s”: %s"),
              key_source, key_path, path, reason->message);
      return NULL;
    }
  return g_steal_pointer (&certificate);
}

static gboolean
load_identity (PulsarTlsKeys  *self,
               PulsarConfig   *config,
               const char     *path,
               const char     *key_path,
               GError        **error)
{
  g_autofree char *source = pulsar_config_describe_source (config, "tls-cert-file");
  g_autofree char *key_source = pulsar_config_describe_source (config, key_path != NULL ? "tls-key-file" : "tls-cert-file");
  g_autofree char *text = read_file (source, path, error);
  g_autofree char *key_text = NULL;
  g_autofree char *key = NULL;
  char *pem;

  if (text == NULL)
    return FALSE;
  if (strstr (text, "CERTIFICATE-----") == NULL)
    {
      fail (error, _("%s: there is no certificate in “%s”"), source, path);
      return FALSE;
    }
  if (key_path == NULL && !has_private_key (text))
    {
      fail (error, _("%s: “%s” holds a certificate but no private key, and tls-key-file is not set"), source, path);
      return FALSE;
    }
  key_text = key_path != NULL ? read_file (key_source, key_path, error) : g_strdup (text);
  if (key_text == NULL
      || !check_key_text (key_source, key_path != NULL ? key_path : path, key_text, error))
    return FALSE;

  /* The first key counts, which may not be the one that stands with the certificate. */
  key = extract_private_key (key_text);
  pem = g_strconcat (key, "\n", text, NULL);
  self->identity = g_bytes_new_take (pem, strlen (pem));
  self->certificate = parse_certificate (source, path, key_source, key_path != NULL ? key_path : path, pem, error);
  return self->certificate != NULL;
}

static gboolean
write_all (int           fd,
           const guint8 *data,
           gsize         size)
{
  while (size > 0)
    {
      ssize_t n = write (fd, data, size);

      if (n < 0 && errno != EINTR)
        return FALSE;
      data += MAX (n, 0);
      size -= (gsize) MAX (n, 0);
    }
  return TRUE;
}

/* GIO reads the certificates to trust from a file only, and more than once: this one has no place in the file system. */
static gboolean
make_anchors (PulsarTlsKeys  *self,
              GError        **error)
{
  g_autofree char *path = NULL;

  self->anchors_fd = memfd_create ("pulsar-client-ca", MFD_CLOEXEC);
  if (self->anchors_fd < 0
      || !write_all (self->anchors_fd, g_bytes_get_data (self->client_ca, NULL), g_bytes_get_size (self->client_ca)))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START, _("Cannot pass on certificates: %s"), g_strerror (errno));
      return FALSE;
    }
  path = g_strdup_printf ("/proc/self/fd/%d", self->anchors_fd);
  self->client_anchors = g_tls_file_database_new (path, error);
  return self->client_anchors != NULL;
}

/* At least one must be of use: of several the old ones may stay until nobody needs them any more. */
static gboolean
check_dates (GList       *certificates,
             const char  *source,
             const char  *path,
             GError     **error)
{
  g_autofree char *date = NULL;

  for (GList *l = certificates; l != NULL; l = l->next)
    {
      g_free (date);
      date = describe_bad_date (l->data);
      if (date == NULL)
        return TRUE;
    }
  fail (error, _("%s: no certificate in “%s” can be used; the last one %s"), source, path, date);
  return FALSE;
}

static gboolean
load_client_ca (PulsarTlsKeys  *self,
                PulsarConfig   *config,
                const char     *path,
                GError        **error)
{
  g_autofree char *source = pulsar_config_describe_source (config, "tls-client-ca-file");
  char *text = read_file (source, path, error);
  g_autolist(GTlsCertificate) certificates = NULL;
  g_autoptr(GError) reason = NULL;

  if (text == NULL)
    return FALSE;
  self->client_ca = g_bytes_new_take (text, strlen (text));
  certificates = g_tls_certificate_list_new_from_file (path, &reason);
  if (certificates == NULL && reason == NULL)
    {
      fail (error, _("%s: there is no certificate in “%s”"), source, path);
      return FALSE;
    }
  if (certificates == NULL || !make_anchors (self, &reason))
    {
      fail (error, _("%s: “%s” cannot be used: %s"), source, path, reason->message);
      return FALSE;
    }
  return check_dates (certificates, source, path, error);
}

/* An unset name is as good as an empty one, which is how a layer takes back what a lower one says. */
static char *
dup_path (PulsarConfig *config,
          const char   *name)
{
  g_autofree char *path = pulsar_config_dup_string (config, name);

  return path != NULL && *path != '\0' ? g_steal_pointer (&path) : NULL;
}

gboolean
pulsar_tls_keys_are_wanted (PulsarConfig *config)
{
  g_autofree char *certificate = dup_path (config, "tls-cert-file");
  g_autofree char *key = dup_path (config, "tls-key-file");
  g_autofree char *client_ca = dup_path (config, "tls-client-ca-file");

  return certificate != NULL || key != NULL || client_ca != NULL;
}

PulsarTlsKeys *
pulsar_tls_keys_load (PulsarConfig  *config,
                      GError       **error)
{
  g_autoptr(PulsarTlsKeys) self = new_keys ();
  g_autofree char *path = dup_path (config, "tls-cert-file");
  g_autofree char *key_path = dup_path (config, "tls-key-file");
  g_autofree char *client_ca_path = dup_path (config, "tls-client-ca-file");
  g_autofree char *source = NULL;

  if (path == NULL)
    {
      source = pulsar_config_describe_source (config, key_path != NULL ? "tls-key-file" : "tls-client-ca-file");
      return fail (error, _("%s is set but tls-cert-file is not, and without a certificate there is no TLS"), source);
    }
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return fail (error, _("tls-cert-file: GIO has no TLS here: install glib-networking"));
  if (!load_identity (self, config, path, key_path, error)
      || (client_ca_path != NULL && !load_client_ca (self, config, client_ca_path, error)))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
pulsar_tls_keys_check (PulsarConfig  *config,
                       GError       **error)
{
  g_autoptr(PulsarTlsKeys) keys = NULL;

  if (!pulsar_tls_keys_are_wanted (config))
    return TRUE;
  keys = pulsar_tls_keys_load (config, error);
  return keys != NULL;
}

void
pulsar_tls_keys_free (PulsarTlsKeys *self)
{
  g_clear_pointer (&self->identity, g_bytes_unref);
  g_clear_pointer (&self->client_ca, g_bytes_unref);
  g_clear_object (&self->certificate);
  g_clear_object (&self->client_anchors);
  if (self->anchors_fd >= 0)
    close (self->anchors_fd);
  g_free (self);
}

static GVariant *
bytes_to_variant (GBytes *bytes)
{
  return bytes != NULL ? g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE)
                       : g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, "", 0, TRUE, NULL, NULL);
}

int
pulsar_tls_keys_create_fd (PulsarTlsKeys  *self,
                           GError        **error)
{
  g_autoptr(GVariant) value =
    g_variant_ref_sink (g_variant_new ("(@ay@ay)", bytes_to_variant (self->identity), bytes_to_variant (self->client_ca)));
  int fd = memfd_create ("pulsar-tls-keys", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && fchmod (fd, S_IRUSR | S_IWUSR) == 0
      && write_all (fd, g_variant_get_data (value), g_variant_get_size (value))
      && fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
    return fd;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
               _("Cannot pass the certificate to workers: %s"), g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static GBytes *
child_to_bytes (GVariant *value,
                gsize     index)
{
  g_autoptr(GVariant) child = g_variant_get_child_value (value, index);

  return g_variant_get_size (child) > 0 ? g_variant_get_data_as_bytes (child) : NULL;
}

PulsarTlsKeys *
pulsar_tls_keys_open (int      fd,
                      GError **error)
{
  g_autoptr(PulsarTlsKeys) self = new_keys ();
  g_autofree guint8 *data = NULL;
  g_autoptr(GVariant) value = NULL;
  struct stat status;

  /* The position in the file is shared with the other workers. */
  if (fstat (fd, &status) != 0
      || pread (fd, data = g_malloc ((gsize) status.st_size), (size_t) status.st_size, 0) != status.st_size)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("The worker cannot read its certificate: %s"), g_strerror (errno));
      return NULL;
    }
  value = g_variant_ref_sink (g_variant_new_from_data (KEYS_TYPE, data, (gsize) status.st_size, FALSE, NULL, NULL));
  self->identity = child_to_bytes (value, 0);
  self->client_ca = child_to_bytes (value, 1);
  if (self->identity == NULL)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_START, _("The worker got no certificate"));
      return NULL;
    }
  /* The values live in what was read here and goes away. */
  self->certificate = g_tls_certificate_new_from_pem (g_bytes_get_data (self->identity, NULL),
                                                      (gssize) g_bytes_get_size (self->identity), error);
  if (self->certificate == NULL)
    return NULL;
  if (self->client_ca != NULL && !make_anchors (self, error))
    return NULL;
  g_clear_pointer (&self->identity, g_bytes_unref);
  g_clear_pointer (&self->client_ca, g_bytes_unref);
  return g_steal_pointer (&self);
}

/* A server that asks for certificates is asked for each of them, also where nothing is wrong with it. */
static gboolean
accept_certificate_cb (GTlsConnection       *connection,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       gpointer              user_data)
{
  return errors == G_TLS_CERTIFICATE_NO_FLAGS;
}

/* Not g_tls_server_connection_new (): a connection without a database, or that gets one later, reads all certificates that the
 * machine trusts, which takes more time than the handshake. */
GTlsConnection *
pulsar_tls_keys_new_connection (PulsarTlsKeys  *self,
                                GIOStream      *base,
                                GError        **error)
{
  GType type = g_tls_backend_get_server_connection_type (g_tls_backend_get_default ());
  GObject *tls = g_initable_new (type, NULL, error,
                                 "base-io-stream", base,
                                 "certificate", self->certificate,
                                 "database", self->client_anchors,
                                 "authentication-mode", self->client_anchors != NULL ? G_TLS_AUTHENTICATION_REQUIRED
                                                                                     : G_TLS_AUTHENTICATION_NONE,
                                 NULL);

  if (tls != NULL && self->client_anchors != NULL)
    g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
  return tls != NULL ? G_TLS_CONNECTION (tls) : NULL;
}

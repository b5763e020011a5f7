/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-channel-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

GVariant *
pulsar_error_to_variant (const GError *error)
{
  /* A message comes from anywhere; what is no UTF-8 in it would make the whole value unreadable. */
  g_autofree char *message = g_utf8_make_valid (error->message != NULL ? error->message : "", -1);

  return g_variant_new ("(sis)", g_quark_to_string (error->domain), error->code, message);
}

GError *
pulsar_error_from_variant (GVariant *body)
{
  const char *domain_name;
  const char *message;
  gint32 code;
  GQuark domain;

  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(sis)")))
    return g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                                _("The other side failed without saying why"));

  g_variant_get (body, "(&si&s)", &domain_name, &code, &message);

  /* A quark lives for ever, so a peer may use those that are here and make none. */
  domain = g_quark_try_string (domain_name);
  if (domain != 0)
    return g_error_new_literal (domain, code, message);
  return g_error_new (PULSAR_ERROR, PULSAR_ERROR_REMOTE, "%s (%s, %d)", message, domain_name, code);
}

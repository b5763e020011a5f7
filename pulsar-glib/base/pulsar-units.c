/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/base/pulsar-units-private.h"

typedef struct
{
  const char *name;
  guint64 factor;
} Unit;

/* Largest first: format () takes the first one that divides the value. */
static const Unit duration_units[] = {
  { "h", PULSAR_HOUR },
  { "min", PULSAR_MINUTE },
  { "s", PULSAR_SECOND },
  { "ms", PULSAR_MILLISECOND },
  { NULL, 0 },
};

static const Unit size_units[] = {
  { "G", PULSAR_GIBIBYTE },
  { "M", PULSAR_MEBIBYTE },
  { "K", PULSAR_KIBIBYTE },
  { NULL, 0 },
};

/* Nothing is computed in floating point, so that a value read is the value written: the digits before the point are
 * multiplied by the factor of the unit, those behind it must give a whole number of the smallest unit. */
static gboolean
scale_digits (const char *whole,
              gsize       n_whole,
              const char *fraction,
              gsize       n_fraction,
              guint64     factor,
              guint64    *value)
{
  guint64 total = 0;
  guint64 place = factor;
  guint64 remainder = 0;
  guint64 divisor = 1;

  for (gsize i = 0; i < n_whole; i++)
    {
      if (!g_uint64_checked_mul (&total, total, 10)
          || !g_uint64_checked_add (&total, total, (guint64) (whole[i] - '0')))
        return FALSE;
    }
  if (!g_uint64_checked_mul (&total, total, factor))
    return FALSE;

  while (n_fraction > 0 && fraction[n_fraction - 1] == '0')
    n_fraction--;
  for (gsize i = 0; i < n_fraction; i++)
    {
      if (!g_uint64_checked_mul (&divisor, divisor, 10)
          || !g_uint64_checked_mul (&remainder, remainder, 10))
        return FALSE;
      remainder += (guint64) (fraction[i] - '0');
    }
  if (!g_uint64_checked_mul (&place, place, remainder) || place % divisor != 0)
    return FALSE;
  if (!g_uint64_checked_add (&total, total, place / divisor))
    return FALSE;

  *value = total;
  return TRUE;
}

static const Unit *
find_unit (const Unit *units,
           const char *name,
           gsize       length)
{
  for (const Unit *unit = units; unit->name != NULL; unit++)
    if (strlen (unit->name) == length && g_ascii_strncasecmp (unit->name, name, length) == 0)
      return unit;
  return NULL;
}

/* Reads “NUMBER [UNIT]”; a number alone is multiplied by @default_factor. */
static gboolean
parse_quantity (const char *text,
                const Unit *units,
                guint64     default_factor,
                guint64    *value)
{
  const char *whole = text;
  const char *fraction = "";
  gsize n_whole = strspn (whole, "0123456789");
  gsize n_fraction = 0;
  const char *rest = whole + n_whole;
  gsize n_rest;

  if (n_whole == 0)
    return FALSE;
  if (*rest == '.')
    {
      fraction = rest + 1;
      n_fraction = strspn (fraction, "0123456789");
      if (n_fraction == 0)
        return FALSE;
      rest = fraction + n_fraction;
    }
  rest += strspn (rest, " ");
  n_rest = strlen (rest);

  if (n_rest > 0)
    {
      const Unit *unit = find_unit (units, rest, n_rest);

      if (unit == NULL)
        return FALSE;
      default_factor = unit->factor;
    }
  return scale_digits (whole, n_whole, fraction, n_fraction, default_factor, value);
}

gboolean
pulsar_duration_parse (const char *text,
                       gint64     *duration_us)
{
  gboolean negative = text[0] == '-';
  guint64 magnitude;

  if (!parse_quantity (negative ? text + 1 : text, duration_units, PULSAR_SECOND, &magnitude)
      || magnitude > G_MAXINT64)
    return FALSE;
  *duration_us = negative ? -(gint64) magnitude : (gint64) magnitude;
  return TRUE;
}

char *
pulsar_duration_format (gint64 duration_us)
{
  const char *sign = duration_us < 0 ? "-" : "";
  guint64 magnitude = duration_us < 0 ? -(guint64) duration_us : (guint64) duration_us;
  const Unit *unit = duration_units;
  guint64 rest;
  int width = 0;

  if (magnitude == 0)
    return g_strdup ("0 s");

  while (unit->factor > PULSAR_MILLISECOND && magnitude % unit->factor != 0)
    unit++;
  /* What is no whole number of any unit has a fraction: of a second, or below one of a millisecond. */
  if (magnitude > PULSAR_SECOND && unit->factor == PULSAR_MILLISECOND)
    unit--;

  rest = magnitude % unit->factor;
  for (guint64 factor = unit->factor; factor > 1; factor /= 10)
    width++;
  if (rest == 0)
    return g_strdup_printf ("%s%" G_GUINT64_FORMAT " %s", sign, magnitude / unit->factor, unit->name);
  while (rest % 10 == 0)
    {
      rest /= 10;
      width--;
    }
  return g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%0*" G_GUINT64_FORMAT " %s",
                          sign, magnitude / unit->factor, width, rest, unit->name);
}

gboolean
pulsar_size_parse (const char *text,
                   guint64    *size)
{
  return parse_quantity (text, size_units, 1, size);
}

char *
pulsar_size_format (guint64 size)
{
  for (const Unit *unit = size_units; unit->name != NULL && size > 0; unit++)
    if (size % unit->factor == 0)
      return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", size / unit->factor, unit->name);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, size);
}

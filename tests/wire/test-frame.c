/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/wire/pulsar-frame-private.h"

#define BODY_MAX 4096

static void
test_frame_types (void)
{
  static const char * const good[] = {
    "b", "s", "v", "()", "(s)", "as", "aas", "mms", "a{sv}", "{sv}", "a{s(iv)}", "(aya{oa{sv}}h)", "a(a(a(i)))", "((()))",
  };
  static const char * const bad[] = {
    "", "r", "?", "*", "a", "m", "(", ")", "(s", "s)", "ss", "()()", "{", "{}", "{s}", "{sss}", "{vs}", "{(s)s}", "{ass}",
    "a{sv", "a{sv)", "(sv}", "a?", "(r)", "z", "s ", "a{?v}",
  };

  g_test_summary ("A type that comes from outside is complete, definite and not nested too deeply");
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_test_message ("%s", good[i]);
      g_assert_true (pulsar_frame_type_is_safe (good[i], strlen (good[i])));
      g_assert_true (g_variant_type_string_is_valid (good[i]));
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_false (pulsar_frame_type_is_safe (bad[i], strlen (bad[i])));
    }
}

static void
test_frame_types_depth (void)
{
  g_test_summary ("A type is refused when it has one level more than allowed");
  for (int depth = PULSAR_FRAME_DEPTH_MAX - 1; depth <= PULSAR_FRAME_DEPTH_MAX + 1; depth++)
    {
      g_autofree char *arrays = g_strnfill ((gsize) depth + 1, 'a');
      g_autofree char *open = g_strnfill ((gsize) depth, '(');
      g_autofree char *close = g_strnfill ((gsize) depth, ')');
      g_autofree char *tuples = g_strconcat (open, close, NULL);

      arrays[depth] = 'y';
      g_assert_cmpint (pulsar_frame_type_is_safe (arrays, strlen (arrays)), ==, depth <= PULSAR_FRAME_DEPTH_MAX);
      g_assert_cmpint (pulsar_frame_type_is_safe (tuples, strlen (tuples)), ==, depth <= PULSAR_FRAME_DEPTH_MAX);
    }
}

static void
test_frame_types_random (void)
{
  static const char letters[] = "bysvam(){}r?*i";

  g_test_summary ("Ours and GLib agree about what is a definite type");
  for (guint i = 0; i < 20000; i++)
    {
      char type[12];
      gsize length = (gsize) g_test_rand_int_range (1, G_N_ELEMENTS (type) - 1);
      gboolean expected;

      for (gsize at = 0; at < length; at++)
        type[at] = letters[g_test_rand_int_range (0, G_N_ELEMENTS (letters) - 1)];
      type[length] = '\0';
      expected = g_variant_type_string_is_valid (type) && g_variant_type_is_definite ((const GVariantType *) type);
      g_assert_cmpint (pulsar_frame_type_is_safe (type, length), ==, expected);
    }
}

static void
check_same (const PulsarFrame *one,
            const PulsarFrame *other)
{
  g_assert_cmpint (one->kind, ==, other->kind);
  g_assert_cmpint (one->flags, ==, other->flags);
  g_assert_cmpuint (one->id, ==, other->id);
  g_assert_cmpstr (one->route, ==, other->route);
  g_assert_cmpstr (one->sender, ==, other->sender);
  g_assert_cmpstr (one->command, ==, other->command);
  if (one->body == NULL)
    g_assert_null (other->body);
  else
    g_assert_cmpvariant (one->body, other->body);
}

static void
test_frame_round_trip (void)
{
  g_autofree char *longest = g_strnfill (PULSAR_FRAME_NAME_MAX, 'x');
  g_autoptr(GVariant) body = g_variant_ref_sink (g_variant_new_parsed ("('hello', [1.5, 2.5], {'a': <b'bytes'>})"));
  g_autoptr(GVariant) unit = g_variant_ref_sink (g_variant_new_tuple (NULL, 0));
  g_autoptr(GVariant) empty = g_variant_ref_sink (g_variant_new_strv (NULL, 0));
  const PulsarFrame rows[] = {
    { .kind = PULSAR_FRAME_HEARTBEAT },
    { .kind = PULSAR_FRAME_REQUEST, .id = G_MAXUINT64, .route = "arbiter", .command = "ping" },
    { .kind = PULSAR_FRAME_POST, .flags = PULSAR_FRAME_SIBLING, .sender = "w1", .command = "grüße", .body = body },
    { .kind = PULSAR_FRAME_REPLY, .id = 7, .body = unit },
    { .kind = PULSAR_FRAME_REPLY, .flags = 0x80, .id = 7, .body = empty },
    { .kind = PULSAR_FRAME_REQUEST, .route = longest, .sender = longest, .command = longest, .body = body },
  };

  g_test_summary ("What is encoded comes out again, and not before it is there as a whole");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = pulsar_frame_encode (&rows[i], BODY_MAX, &error);
      gsize size;
      const guint8 *data = g_bytes_get_data (bytes, &size);
      g_auto(PulsarFrame) whole = { 0 };
      gsize used;

      g_assert_no_error (error);
      g_assert_cmpuint (size % 8, ==, 0);
      for (gsize part = 0; part < size; part++)
        {
          g_auto(PulsarFrame) frame = { 0 };

          g_assert_true (pulsar_frame_decode (&frame, data, part, BODY_MAX, &used, &error));
          g_assert_cmpuint (used, ==, 0);
          g_assert_null (frame.body);
        }

      g_assert_true (pulsar_frame_decode (&whole, data, size, BODY_MAX, &used, &error));
      g_assert_cmpuint (used, ==, size);
      check_same (&rows[i], &whole);
    }
}

static void
test_frame_encode_refused (void)
{
  g_autofree char *too_long = g_strnfill (PULSAR_FRAME_NAME_MAX + 1, 'x');
  g_autofree char *type = g_strnfill (PULSAR_FRAME_DEPTH_MAX + 2, 'a');
  g_autoptr(GVariant) large = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, too_long, 101, 1));
  g_autoptr(GVariant) deep = NULL;
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  struct
  {
    PulsarFrame frame;
    PulsarError code;
  } rows[] = {
    { { .kind = PULSAR_FRAME_POST, .route = too_long }, PULSAR_ERROR_INVALID_ARGUMENTS },
    { { .kind = PULSAR_FRAME_POST, .sender = too_long }, PULSAR_ERROR_INVALID_ARGUMENTS },
    { { .kind = PULSAR_FRAME_POST, .command = too_long }, PULSAR_ERROR_INVALID_ARGUMENTS },
    { { .kind = PULSAR_FRAME_POST, .body = large }, PULSAR_ERROR_MESSAGE_TOO_LARGE },
    { { .kind = PULSAR_FRAME_POST, .body = NULL }, PULSAR_ERROR_INVALID_ARGUMENTS },
    { { .kind = PULSAR_FRAME_POST, .fds = fds }, PULSAR_ERROR_INVALID_ARGUMENTS },
  };

  g_test_summary ("What fits no frame is refused by name");
  type[PULSAR_FRAME_DEPTH_MAX + 1] = 'y';
  deep = g_variant_ref_sink (g_variant_new_array ((const GVariantType *) (type + 1), NULL, 0));
  rows[4].frame.body = deep;
  for (guint i = 0; i < PULSAR_FRAME_FDS_MAX + 1; i++)
    g_assert_cmpint (g_unix_fd_list_append (fds, 0, NULL), >=, 0);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = pulsar_frame_encode (&rows[i].frame, 100, &error);

      g_assert_null (bytes);
      g_assert_error (error, PULSAR_ERROR, (int) rows[i].code);
    }
}

static void
test_frame_decode_refused (void)
{
  /* A good frame with one byte changed; offsets as in WireHead. */
  static const struct
  {
    gsize at;
    guint8 value;
    PulsarError code;
  } rows[] = {
    { 7, 2, PULSAR_ERROR_VERSION_MISMATCH },
    { 4, 0, PULSAR_ERROR_PROTOCOL_ERROR },
    { 4, PULSAR_FRAME_KIND_LAST + 1, PULSAR_ERROR_PROTOCOL_ERROR },
    { 4, 255, PULSAR_ERROR_PROTOCOL_ERROR },
    { 6, 17, PULSAR_ERROR_PROTOCOL_ERROR },
    { 0, 31, PULSAR_ERROR_PROTOCOL_ERROR },   /* shorter than the head */
    { 2, 1, PULSAR_ERROR_PROTOCOL_ERROR },    /* 65 KiB, too large */
    { 3, 255, PULSAR_ERROR_PROTOCOL_ERROR },
    { 16, 200, PULSAR_ERROR_PROTOCOL_ERROR }, /* the route ends beyond the frame */
    { 16, 1, PULSAR_ERROR_PROTOCOL_ERROR },   /* … or elsewhere than it says */
    { 18, 5, PULSAR_ERROR_PROTOCOL_ERROR },
    { 19, 1, PULSAR_ERROR_PROTOCOL_ERROR },   /* reserved */
    { 20, 0, PULSAR_ERROR_PROTOCOL_ERROR },   /* a body without a type */
    { 21, 255, PULSAR_ERROR_PROTOCOL_ERROR }, /* a type of 64 KiB */
    { 32, 0, PULSAR_ERROR_PROTOCOL_ERROR },   /* NUL in a name */
    { 32, 0xff, PULSAR_ERROR_PROTOCOL_ERROR },/* no UTF-8 */
    { 40, '*', PULSAR_ERROR_PROTOCOL_ERROR }, /* the type */
    { 44, 1, PULSAR_ERROR_PROTOCOL_ERROR },   /* padding */
  };
  const PulsarFrame good = {
    .kind = PULSAR_FRAME_REQUEST, .route = "ab", .command = "cd", .body = g_variant_new ("(s)", "text"),
  };
  g_autoptr(GVariant) body G_GNUC_UNUSED = g_variant_ref_sink (good.body);
  g_autoptr(GBytes) bytes = pulsar_frame_encode (&good, BODY_MAX, NULL);

  g_test_summary ("Each part of a frame that is wrong is found, before any memory is taken for its body");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GByteArray) data = g_bytes_unref_to_array (g_bytes_ref (bytes));
      g_auto(PulsarFrame) frame = { 0 };
      g_autoptr(GError) error = NULL;
      gsize used;

      g_test_message ("byte %" G_GSIZE_FORMAT " = %u", rows[i].at, rows[i].value);
      data->data[rows[i].at] = rows[i].value;
      /* A name that ends early moves the rest, so the frame may also be longer than what is here. */
      g_byte_array_set_size (data, 1024);
      g_assert_false (pulsar_frame_decode (&frame, data->data, data->len, BODY_MAX, &used, &error));
      g_assert_error (error, PULSAR_ERROR, (int) rows[i].code);
      g_assert_null (frame.body);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/frame/types", test_frame_types);
  g_test_add_func ("/frame/types/depth", test_frame_types_depth);
  g_test_add_func ("/frame/types/random", test_frame_types_random);
  g_test_add_func ("/frame/round-trip", test_frame_round_trip);
  g_test_add_func ("/frame/encode/refused", test_frame_encode_refused);
  g_test_add_func ("/frame/decode/refused", test_frame_decode_refused);
  return g_test_run ();
}

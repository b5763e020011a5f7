/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/wire/pulsar-frame-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

/* The head as it is on the wire. Its members leave no holes, so it is copied as a whole. */
typedef struct
{
  guint32 size;             /* head, texts, padding and body, without the padding behind the body */
  guint8 kind;
  guint8 flags;
  guint8 n_fds;
  guint8 version;
  guint64 id;
  guint8 route_len;
  guint8 sender_len;
  guint8 command_len;
  guint8 reserved;
  guint16 type_len;
  guint16 credit_messages;
  guint64 credit_bytes;
} WireHead;

G_STATIC_ASSERT (sizeof (WireHead) == PULSAR_FRAME_HEAD_SIZE);
G_STATIC_ASSERT (G_STRUCT_OFFSET (WireHead, credit_bytes) == 24);

#define ALIGN8(n) (((n) + 7) & ~(gsize) 7)

/* An array or maybe asks for one complete type behind it, a tuple for any number of them up to its parenthesis, and a
 * dictionary entry for a basic one, a second one and its brace. That is a stack, and its size is the limit of nesting. */
typedef enum
{
  OPEN_TUPLE,
  OPEN_PREFIX,       /* a or m */
  OPEN_ENTRY_KEY,
  OPEN_ENTRY_VALUE,
  OPEN_ENTRY_END,
} OpenContainer;

gboolean
pulsar_frame_type_is_safe (const char *type,
                           gsize       length)
{
  OpenContainer stack[PULSAR_FRAME_DEPTH_MAX];
  guint depth = 0;

  if (length > PULSAR_FRAME_TYPE_MAX)
    return FALSE;

  for (gsize i = 0; i < length; i++)
    {
      gboolean complete = FALSE;
      gboolean basic = FALSE;

      switch (type[i])
        {
        case 'b': case 'y': case 'n': case 'q': case 'i': case 'u': case 'x': case 't': case 'd': case 'h':
        case 's': case 'o': case 'g':
          complete = TRUE;
          basic = TRUE;
          break;

        case 'v':
          complete = TRUE;
          break;

        case 'a': case 'm': case '(': case '{':
          if (depth == G_N_ELEMENTS (stack))
            return FALSE;
          if (depth > 0 && (stack[depth - 1] == OPEN_ENTRY_KEY || stack[depth - 1] == OPEN_ENTRY_END))
            return FALSE;
          stack[depth++] = type[i] == '(' ? OPEN_TUPLE : type[i] == '{' ? OPEN_ENTRY_KEY : OPEN_PREFIX;
          break;

        case ')': case '}':
          if (depth == 0 || stack[depth - 1] != (type[i] == ')' ? OPEN_TUPLE : OPEN_ENTRY_END))
            return FALSE;
          depth--;
          complete = TRUE;
          break;

        default:  /* also r, ? and *, which leave something open */
          return FALSE;
        }

      if (!complete)
        continue;

      while (depth > 0 && stack[depth - 1] == OPEN_PREFIX)
        depth--;
      if (depth == 0)
        return i + 1 == length;

      switch (stack[depth - 1])
        {
        case OPEN_ENTRY_KEY:
          if (!basic)
            return FALSE;
          stack[depth - 1] = OPEN_ENTRY_VALUE;
          break;
        case OPEN_ENTRY_VALUE:
          stack[depth - 1] = OPEN_ENTRY_END;
          break;
        case OPEN_ENTRY_END:
          return FALSE;
        case OPEN_TUPLE:
        case OPEN_PREFIX:
        default:
          break;
        }
    }

  return FALSE;
}

static gboolean
measure_text (const char  *text,
              guint       *length,
              GError     **error)
{
  gsize n = text != NULL ? strlen (text) : 0;

  if (n > PULSAR_FRAME_NAME_MAX)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                   _("A name of %zu bytes is too long for a message: at most %d"),
                   n, PULSAR_FRAME_NAME_MAX);
      return FALSE;
    }
  *length = (guint) n;
  return TRUE;
}

/* The offsets follow from the lengths of the texts, in the sender and in the receiver. */
static void
set_offsets (PulsarFrameHead *head,
             gsize            body_size)
{
  head->body_offset = ALIGN8 (PULSAR_FRAME_HEAD_SIZE + head->route_len + 1 + head->sender_len + 1 +
                              head->command_len + 1 + head->type_len + 1);
  head->body_size = body_size;
  head->size = head->body_offset + body_size;
  head->padded_size = ALIGN8 (head->size);
}

gboolean
pulsar_frame_head_init (PulsarFrameHead    *head,
                        const PulsarFrame  *frame,
                        gsize               body_max,
                        GError            **error)
{
  gsize body_size = 0;

  head->kind = frame->kind;
  head->flags = frame->flags;
  head->id = frame->id;
  head->n_fds = frame->fds != NULL ? (guint) g_unix_fd_list_get_length (frame->fds) : 0;
  head->type = NULL;
  head->type_len = 0;
  head->credit_messages = 0;
  head->credit_bytes = 0;

  if (!measure_text (frame->route, &head->route_len, error) ||
      !measure_text (frame->sender, &head->sender_len, error) ||
      !measure_text (frame->command, &head->command_len, error))
    return FALSE;

  if (frame->body != NULL)
    {
      head->type = g_variant_get_type_string (frame->body);
      head->type_len = (guint) strlen (head->type);
      /* It is a type, and definite; and who nests has a letter for each level. */
      if (head->type_len > PULSAR_FRAME_DEPTH_MAX && !pulsar_frame_type_is_safe (head->type, head->type_len))
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                       _("A value of %u bytes of type, or nested deeper than %d in its type, fits no message"),
                       head->type_len, PULSAR_FRAME_DEPTH_MAX);
          return FALSE;
        }
      body_size = g_variant_get_size (frame->body);
    }

  /* The size travels in 32 bits. */
  if (body_size > body_max || body_size > G_MAXUINT32 - PULSAR_FRAME_PREFIX_MAX - 8)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE,
                   _("A message of %zu bytes is too large: at most %zu"),
                   body_size, body_max);
      return FALSE;
    }
  if (head->n_fds > PULSAR_FRAME_FDS_MAX)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                   _("%u descriptors are too many for a message: at most %d"), head->n_fds, PULSAR_FRAME_FDS_MAX);
      return FALSE;
    }

  set_offsets (head, body_size);
  return TRUE;
}

static guint8 *
put_text (guint8     *out,
          const char *text,
          gsize       length)
{
  if (length > 0)
    memcpy (out, text, length);
  out[length] = '\0';
  return out + length + 1;
}

void
pulsar_frame_head_encode (const PulsarFrameHead *head,
                          const PulsarFrame     *frame,
                          guint8                *data)
{
  WireHead wire = {
    .size = (guint32) head->size,
    .kind = (guint8) head->kind,
    .flags = head->flags,
    .n_fds = (guint8) head->n_fds,
    .version = PULSAR_WIRE_VERSION,
    .id = head->id,
    .route_len = (guint8) head->route_len,
    .sender_len = (guint8) head->sender_len,
    .command_len = (guint8) head->command_len,
    .type_len = (guint16) head->type_len,
    .credit_messages = (guint16) head->credit_messages,
    .credit_bytes = head->credit_bytes,
  };
  guint8 *out = data + sizeof wire;

  memcpy (data, &wire, sizeof wire);
  out = put_text (out, frame->route, head->route_len);
  out = put_text (out, frame->sender, head->sender_len);
  out = put_text (out, frame->command, head->command_len);
  out = put_text (out, head->type, head->type_len);
  memset (out, 0, (gsize) (data + head->body_offset - out));
}

static gboolean
broken (GError     **error,
        const char  *text)
{
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR, text);
  return FALSE;
}

gboolean
pulsar_frame_head_decode (PulsarFrameHead  *head,
                          const guint8     *data,
                          gsize             body_max,
                          GError          **error)
{
  WireHead wire;

  memcpy (&wire, data, sizeof wire);

  /* The version first: nothing else can be believed in another language. */
  if (wire.version != PULSAR_WIRE_VERSION)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_VERSION_MISMATCH,
                   _("The other side speaks version %u of the wire, this one %d"), wire.version, PULSAR_WIRE_VERSION);
      return FALSE;
    }
  if (wire.kind == 0 || wire.kind > PULSAR_FRAME_KIND_LAST)
    return broken (error, _("A frame of an unknown kind"));
  if (wire.n_fds > PULSAR_FRAME_FDS_MAX)
    return broken (error, _("A frame with too many descriptors"));
  if (wire.reserved != 0 || wire.type_len > PULSAR_FRAME_TYPE_MAX)
    return broken (error, _("A frame with a bad head"));

  head->kind = (PulsarFrameKind) wire.kind;
  head->flags = wire.flags;
  head->id = wire.id;
  head->n_fds = wire.n_fds;
  head->route_len = wire.route_len;
  head->sender_len = wire.sender_len;
  head->command_len = wire.command_len;
  head->type_len = wire.type_len;
  head->credit_messages = wire.credit_messages;
  head->credit_bytes = wire.credit_bytes;

  set_offsets (head, 0);
  if (wire.size < head->body_offset)
    return broken (error, _("A frame shorter than its head says"));
  set_offsets (head, wire.size - head->body_offset);

  if (head->body_size > 0 && head->type_len == 0)
    return broken (error, _("A frame with a body without a type"));
  if (head->body_size > body_max)
    return broken (error, _("A frame larger than allowed"));

  return TRUE;
}

static gboolean
is_zero (const guint8 *data,
         const guint8 *end)
{
  while (data < end && *data == 0)
    data++;
  return data == end;
}

static const guint8 *
get_text (const guint8  *in,
          gsize          length,
          const char   **text)
{
  gsize n_ascii = 0;

  /* The end must be where the head says, and not before. Almost all names are short and ASCII. */
  while (n_ascii < length && in[n_ascii] != '\0' && in[n_ascii] < 0x80)
    n_ascii++;
  if (in[length] != '\0' || (n_ascii < length && !g_utf8_validate_len ((const char *) in + n_ascii, length - n_ascii, NULL)))
    return NULL;
  *text = length > 0 ? (const char *) in : NULL;
  return in + length + 1;
}

gboolean
pulsar_frame_texts_decode (const PulsarFrameHead  *head,
                           const guint8           *data,
                           PulsarFrame            *frame,
                           const GVariantType    **type,
                           GError                **error)
{
  const guint8 *in = data + PULSAR_FRAME_HEAD_SIZE;
  const guint8 *end = data + head->body_offset;
  const char *type_text = NULL;

  frame->kind = head->kind;
  frame->flags = head->flags;
  frame->id = head->id;
  frame->body = NULL;
  frame->fds = NULL;
  frame->body_size = head->body_size;
  frame->cost = pulsar_frame_head_get_cost (head);

  in = get_text (in, head->route_len, &frame->route);
  if (in != NULL)
    in = get_text (in, head->sender_len, &frame->sender);
  if (in != NULL)
    in = get_text (in, head->command_len, &frame->command);
  if (in != NULL)
    in = get_text (in, head->type_len, &type_text);
  if (in == NULL)
    return broken (error, _("A frame with a bad name"));

  if (!is_zero (in, end))
    return broken (error, _("A frame with bad padding"));

  *type = (const GVariantType *) type_text;
  return TRUE;
}

gboolean
pulsar_frame_tail_decode (const PulsarFrameHead  *head,
                          const guint8           *tail,
                          GError                **error)
{
  if (!is_zero (tail, tail + (head->padded_size - head->size)))
    return broken (error, _("A frame with bad padding"));
  return TRUE;
}

GBytes *
pulsar_frame_encode (const PulsarFrame  *frame,
                     gsize               body_max,
                     GError            **error)
{
  PulsarFrameHead head;
  guint8 *data;

  if (!pulsar_frame_head_init (&head, frame, body_max, error))
    return NULL;

  data = g_malloc0 (head.padded_size);
  pulsar_frame_head_encode (&head, frame, data);
  if (head.body_size > 0)
    g_variant_store (frame->body, data + head.body_offset);
  return g_bytes_new_take (data, head.padded_size);
}

gboolean
pulsar_frame_decode (PulsarFrame   *frame,
                     const guint8  *data,
                     gsize          length,
                     gsize          body_max,
                     gsize         *used,
                     GError       **error)
{
  PulsarFrameHead head;
  const GVariantType *type;

  memset (frame, 0, sizeof *frame);
  *used = 0;

  if (length < PULSAR_FRAME_HEAD_SIZE)
    return TRUE;
  if (!pulsar_frame_head_decode (&head, data, body_max, error))
    return FALSE;
  if (length < head.body_offset)
    return TRUE;
  if (!pulsar_frame_texts_decode (&head, data, frame, &type, error))
    return FALSE;
  if (type != NULL && !pulsar_frame_type_is_safe ((const char *) type, head.type_len))
    return broken (error, _("A frame with a bad type of its body"));
  if (length < head.padded_size)
    return TRUE;

  if (!pulsar_frame_tail_decode (&head, data + head.size, error))
    return FALSE;

  if (type != NULL)
    {
      g_autoptr(GBytes) bytes = g_bytes_new (data + head.body_offset, head.body_size);

      frame->body = g_variant_ref_sink (g_variant_new_from_bytes (type, bytes, FALSE));
    }
  *used = head.padded_size;
  return TRUE;
}

void
pulsar_frame_clear (PulsarFrame *frame)
{
  g_clear_pointer (&frame->body, g_variant_unref);
  g_clear_object (&frame->fds);
}

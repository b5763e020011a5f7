/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* The unit of the wire: a head of 32 bytes, four short texts, padding to eight bytes, a serialised GVariant, and padding
 * to eight bytes again, all in the byte order of the machine. This pair of files knows the form, and nothing else does;
 * it does no I/O and gives an error, never an assertion, for whatever it is fed. */

#define PULSAR_WIRE_VERSION 1          /* the major version: another one is another language */

#define PULSAR_FRAME_HEAD_SIZE 32
#define PULSAR_FRAME_NAME_MAX 255      /* bytes of route, sender and command, each */
#define PULSAR_FRAME_TYPE_MAX 1024     /* bytes of the type of a body */
#define PULSAR_FRAME_DEPTH_MAX 32      /* containers inside each other in the type of a body */
#define PULSAR_FRAME_FDS_MAX 16
/* What a descriptor takes of the bytes that a receiver grants. The table of descriptors of a process is small, and one that
 * waits there keeps its place: with the usual limits of a mailbox a sender has 256 of them on their way, and no more. */
#define PULSAR_FRAME_FD_COST (256 * 1024)

/* Head, texts and padding together are never longer than this. */
#define PULSAR_FRAME_PREFIX_MAX \
  ((PULSAR_FRAME_HEAD_SIZE + 3 * (PULSAR_FRAME_NAME_MAX + 1) + PULSAR_FRAME_TYPE_MAX + 1 + 7) & ~7)

typedef enum
{
  PULSAR_FRAME_HELLO = 1,
  PULSAR_FRAME_READY,
  PULSAR_FRAME_FAILED,
  PULSAR_FRAME_HEARTBEAT,
  PULSAR_FRAME_DRAINING,
  PULSAR_FRAME_STOP,
  PULSAR_FRAME_REQUEST,
  PULSAR_FRAME_POST,
  PULSAR_FRAME_REPLY,
  PULSAR_FRAME_ERROR,
  PULSAR_FRAME_CANCEL,
  PULSAR_FRAME_CREDIT,
  PULSAR_FRAME_REOPEN,
  PULSAR_FRAME_WORN,
} PulsarFrameKind;

#define PULSAR_FRAME_KIND_LAST PULSAR_FRAME_WORN

typedef enum
{
  PULSAR_FRAME_SIBLING = 1 << 0,  /* stamped by the arbiter on a frame it relays for another worker */
} PulsarFrameFlags;

/* A frame to be sent, or one that came. One that came is lent to its handler: the texts live as long as the call,
 * body and descriptors as long as a reference to them. */
typedef struct
{
  PulsarFrameKind kind;
  guint8 flags;          /* PulsarFrameFlags; those unknown here are kept */
  guint64 id;
  const char *route;     /* (nullable) the target in the process that receives; NULL: the peer itself */
  const char *sender;    /* (nullable) id of the sender, stamped by the arbiter when it relays; believe it only from there */
  const char *command;   /* (nullable) */
  GVariant *body;        /* (nullable) */
  GUnixFDList *fds;      /* (nullable) */
  /* Set in frames that came, ignored in frames to be sent: */
  gsize body_size;       /* bytes of the serialised body */
  gsize cost;            /* bytes of credit */
} PulsarFrame;

/* Takes what nobody owns yet; for the time of a call, the reference of the caller is enough otherwise. Each reference is
 * two locked operations, and a body passes several functions. Returns: (transfer full) (nullable) */
static inline GVariant *
pulsar_frame_sink_body (GVariant *body)
{
  return body != NULL && g_variant_is_floating (body) ? g_variant_ref_sink (body) : NULL;
}

/* What the head says, and what follows from it. */
typedef struct
{
  PulsarFrameKind kind;
  guint8 flags;
  guint64 id;
  guint n_fds;
  guint route_len;       /* of texts without their end; no text and an empty text are the same on the wire: NULL */
  guint sender_len;
  guint command_len;
  guint type_len;
  guint credit_messages; /* credit that comes back to the receiver of this frame */
  guint64 credit_bytes;
  gsize body_offset;     /* a multiple of eight */
  gsize body_size;
  gsize size;            /* body_offset + body_size */
  gsize padded_size;     /* where the next frame begins: a multiple of eight */
  const char *type;      /* (nullable) of the body of a frame to be sent; not set by decode () */
} PulsarFrameHead;

/* The bytes of credit that the frame takes, if it needs any. */
static inline gsize
pulsar_frame_head_get_cost (const PulsarFrameHead *head)
{
  return head->body_size + head->n_fds * (gsize) PULSAR_FRAME_FD_COST;
}

/* Whether @type is one complete type that leaves nothing open, not nested too deeply. */
gboolean pulsar_frame_type_is_safe      (const char            *type,
                                         gsize                  length);

/* Measures @frame. Fails with INVALID_ARGUMENTS for texts or types too long and for too many descriptors, and with
 * MESSAGE_TOO_LARGE when the body has more than @body_max bytes. The credit fields are zero. */
gboolean pulsar_frame_head_init         (PulsarFrameHead       *head,
                                         const PulsarFrame     *frame,
                                         gsize                  body_max,
                                         GError               **error);

/* Writes head, texts and padding: @head->body_offset bytes. */
void     pulsar_frame_head_encode       (const PulsarFrameHead *head,
                                         const PulsarFrame     *frame,
                                         guint8                *data);

/* Reads the first PULSAR_FRAME_HEAD_SIZE bytes of a frame. Fails with PROTOCOL_ERROR or VERSION_MISMATCH. */
gboolean pulsar_frame_head_decode       (PulsarFrameHead       *head,
                                         const guint8          *data,
                                         gsize                  body_max,
                                         GError               **error);

/* Checks the texts in the first @head->body_offset bytes of a frame and lends them to @frame. Whether the type is safe is
 * left to who may know it already. */
gboolean pulsar_frame_texts_decode      (const PulsarFrameHead *head,
                                         const guint8          *data,
                                         PulsarFrame           *frame,
                                         const GVariantType   **type,
                                         GError               **error);

/* Checks the padding behind the body, up to @head->padded_size. */
gboolean pulsar_frame_tail_decode       (const PulsarFrameHead *head,
                                         const guint8          *tail,
                                         GError               **error);

/* For buffers that hold whole frames. encode () returns the bytes of @frame; decode () reads one frame at the start of
 * @data, sets @used to its padded size, or to 0 when @length does not reach; the body is a copy. The caller clears. */
GBytes  *pulsar_frame_encode            (const PulsarFrame     *frame,
                                         gsize                  body_max,
                                         GError               **error);
gboolean pulsar_frame_decode            (PulsarFrame           *frame,
                                         const guint8          *data,
                                         gsize                  length,
                                         gsize                  body_max,
                                         gsize                 *used,
                                         GError               **error);

/* Drops body and descriptors. */
void     pulsar_frame_clear             (PulsarFrame           *frame);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PulsarFrame, pulsar_frame_clear)

G_END_DECLS

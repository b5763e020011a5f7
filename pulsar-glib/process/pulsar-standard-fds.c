/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A program may be started with its standard descriptors closed. Then the first things it opens get these numbers, such as the
 * wake-up of a main loop or a mailbox, and whatever somebody prints is written into them; and the workers would inherit them
 * as their own standard descriptors. So a closed one becomes /dev/null before anything is opened, as in a program that is
 * set-user-ID. */
static void __attribute__ ((constructor))
pulsar_standard_fds_load (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    {
      /* The lowest free number is this one, since those below are in use by now. */
      if (fcntl (fd, F_GETFD) < 0 && errno == EBADF && open ("/dev/null", O_RDWR) < 0)
        return;
    }
}

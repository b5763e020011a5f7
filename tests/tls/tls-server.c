/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of check-tls. */
#include "line-server.h"

int
main (int   argc,
      char *argv[])
{
  int status = 64;

  line_server_main (argc, argv, &status);
  return status;
}

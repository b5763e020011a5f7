/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Values of settings that have a validator, so that the table test cannot guess them: two that are taken, as the command line has
 * them, one that is refused, and a part of the message that says what would be right. */
typedef struct
{
  const char *name;
  const char *one;
  const char *other;
  const char *bad;   /* (nullable) every text is a value */
  const char *hint;  /* (nullable) NULL if the message has what pulsar_setting_dup_allowed () says */
} Sample;

static const Sample samples[] = {
  { "after", "rpc", "rpc,job", NULL, NULL },
  { "bind", "127.0.0.1:1", "[::1]:2,unix:@x", "127.0.0.1:x", "not a port" },
  { "config", "/dev/null", "/dev/null,/dev/null", NULL, NULL },
  { "cpu-affinity", "auto", "0-3,8", "3-0", "none, auto, or a list" },
  { "exc-id", "run-1", "2026.11@shop", "run/1", "letters" },
  { "group", "0", "1", NULL, NULL },
  { "log-handlers", "journal", "json,file:/tmp/log", "printer", "console, journal, json, json:PATH, file:PATH and none" },
  { "log-level", "info", "error,GLib-GIO:debug", "loud", "none, error, warning, notice, info, debug" },
  { "process-name", "shop", "shop-2", "my shop", "letters" },
  { "proxy-trusted", "all", "10.0.0.0/8,unix", "10.0.0.0/64", "a network such as" },
  { "rlimit-nofile", "1000", "0", "7", "inherit and 32 to" },
  { "socket-mode", "600", "0660", "9", "octal" },
  { "socket-owner", "0:0", ":0", "no-such-user-here", "no-such-user-here" },
  { "umask", "077", "2", "778", "octal" },
  { "user", "0", "1", NULL, NULL },
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <libintl.h>

/* A program of two applications with a setting of each kind, whose output is looked at: help, completion, manual page, schema,
 * and the key file of its configuration. With SHOP_CATALOGUES it has no text of its own, and those of the library are
 * translated by the catalogues in that folder. */

#define PSPEC_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

struct _ShopTill
{
  PulsarApplication parent_instance;
};

#define SHOP_TYPE_TILL (shop_till_get_type ())
G_DECLARE_FINAL_TYPE (ShopTill, shop_till, SHOP, TILL, PulsarApplication)
G_DEFINE_FINAL_TYPE (ShopTill, shop_till, PULSAR_TYPE_APPLICATION)

static void
add (PulsarConfig  *config,
     PulsarSetting *setting)
{
  pulsar_config_add_setting (config, setting);
  g_object_unref (setting);
}

static void
shop_till_register_settings (PulsarConfigurator *configurator,
                             PulsarConfig       *config)
{
  static const char * const aliases[] = { "customer_name", NULL };

  if (g_getenv ("SHOP_CATALOGUES") != NULL)
    return;
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_string ("greeting", "What a customer reads first", "It's “all” of [this]: a\\b\nand $(more) `of` it.",
                                  "Grüß “Gott” 您好", PSPEC_FLAGS),
    "section", "Shop", "aliases", aliases, NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_string ("password", "Password of the safe", NULL, "swordfish", PSPEC_FLAGS),
    "section", "Shop", "flags", PULSAR_SETTING_SECRET, NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_boolean ("open", "Whether the door is open", NULL, TRUE, PSPEC_FLAGS),
    "section", "Shop", "flags", PULSAR_SETTING_RUNTIME, NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_enum ("state", "A state", NULL, PULSAR_TYPE_STATE, 0, PSPEC_FLAGS), "section", "Shop", NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_flags ("traits", "Some flags", NULL, PULSAR_TYPE_SETTING_FLAGS, 0, PSPEC_FLAGS),
    "section", "Shop", NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_boxed ("goods", "What is sold", NULL, G_TYPE_STRV, PSPEC_FLAGS),
    "section", "Shop", "words", g_variant_new_parsed ("{'nothing': <@as []>}"),
    "default-value", g_variant_new_parsed ("['apples; red', 'pears, green']"), NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_double ("discount", "Discount", "尺寸 尺寸 尺寸 尺寸 尺寸 尺寸 尺寸 尺寸 尺寸 尺寸 尺寸 尺寸", 0.0, 0.5, 0.1,
                                  PSPEC_FLAGS),
    "section", "Shop", NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_string ("ledger", "File of the ledger", NULL, NULL, PSPEC_FLAGS),
    "section", "Files", "arg-description", "FILE", NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_string ("store-room", "Folder of the goods", NULL, NULL, PSPEC_FLAGS),
    "section", "Files", "arg-description", "FOLDER", NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_string ("owner", "Who owns the shop", NULL, NULL, PSPEC_FLAGS),
    "section", "Files", "arg-description", "USER", NULL));
  add (config, pulsar_setting_new_with_properties (
    "pspec", g_param_spec_int ("hidden-door", "Nobody knows", NULL, 0, 9, 0, PSPEC_FLAGS),
    "flags", PULSAR_SETTING_HIDDEN, NULL));
}

static void
shop_till_worker_start (PulsarApplication *application,
                        PulsarActor       *worker,
                        PulsarHook        *hook)
{
  if (g_getenv ("SHOP_FAILS") != NULL)
    pulsar_hook_fail_literal (hook, g_getenv ("SHOP_FAILS"));
}

static void
shop_till_class_init (ShopTillClass *klass)
{
  PULSAR_CONFIGURATOR_CLASS (klass)->register_settings = shop_till_register_settings;
  PULSAR_APPLICATION_CLASS (klass)->worker_start = shop_till_worker_start;
}

static void
shop_till_init (ShopTill *self)
{
}

static void
connection_cb (PulsarSocketServer *server)
{
}

static void
build_cb (PulsarMultiApp *shop)
{
  PulsarApplication *web;

  pulsar_multi_app_new_app (shop, SHOP_TYPE_TILL, NULL, NULL);
  web = pulsar_multi_app_new_app (shop, PULSAR_TYPE_SOCKET_SERVER, "web",
                                  g_variant_new_parsed ("{'bind': <'127.0.0.1:0'>, 'colour': <'blue'>}"));
  g_signal_connect (web, "connection", G_CALLBACK (connection_cb), NULL);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(PulsarMultiApp) shop = NULL;

  if (g_getenv ("SHOP_CATALOGUES") != NULL)
    bindtextdomain ("pulsar-glib-1", g_getenv ("SHOP_CATALOGUES"));
  shop = g_object_new (PULSAR_TYPE_MULTI_APP, "name", "shop", "version", "1.2", NULL);
  if (g_getenv ("SHOP_CATALOGUES") == NULL)
    g_object_set (shop, "description", "Sells apples and pears.", "epilog", "The shop is closed on Sundays.", NULL);
  g_signal_connect (shop, "build", G_CALLBACK (build_cb), NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (shop), argc, argv);
}

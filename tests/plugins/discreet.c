/* A plugin that hides status and revenue of customers from u.guest, and refuses customers of the region "nowhere" with a
 * message that tells their revenue. */
#include "crmkernel_plugin.h"

#include <stdio.h>
#include <string.h>

static uint32_t status, revenue, region;

static crmk_plugin_str text(const char *literal) {
  crmk_plugin_str out;
  out.data = (const uint8_t *)literal;
  out.len = strlen(literal);
  return out;
}

static int is(crmk_plugin_str found, const char *wanted) {
  return found.len == strlen(wanted) && memcmp(found.data, wanted, found.len) == 0;
}

static int32_t rights(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  (void)state;
  if (!is(change->entity, "customer") || !is(change->actor, "u.guest")) return CRMK_PLUGIN_OK;
  sink->mask(sink->context, status);
  sink->mask(sink->context, revenue);
  return CRMK_PLUGIN_OK;
}

static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  crmk_plugin_violation violation;
  crmk_plugin_str where = {NULL, 0};
  crmk_plugin_money money = {0, {0}, {0}};
  char message[64];
  (void)state;
  if (!is(change->entity, "customer")) return CRMK_PLUGIN_OK;
  if (change->access->get_text(change->after, region, &where) != CRMK_PLUGIN_OK || !is(where, "nowhere")) return CRMK_PLUGIN_OK;
  change->access->get_money(change->after, revenue, &money);
  snprintf(message, sizeof message, "the revenue is %lld", (long long)money.amount_minor);
  memset(&violation, 0, sizeof violation);
  violation.size = sizeof violation;
  violation.field = text("region");
  violation.code = text("nowhere");
  violation.message = text(message);
  violation.rule = text("DISCREET-1");
  return sink->violation(sink->context, &violation);
}

static int32_t init(const crmk_plugin_host *host, void **state) {
  int32_t code = host->field_id(host->context, text("customer"), text("status"), CRMK_PLUGIN_TYPE_ENUM, &status);
  (void)state;
  if (code == CRMK_PLUGIN_OK)
    code = host->field_id(host->context, text("customer"), text("annual_revenue"), CRMK_PLUGIN_TYPE_MONEY, &revenue);
  if (code == CRMK_PLUGIN_OK)
    code = host->field_id(host->context, text("customer"), text("region"), CRMK_PLUGIN_TYPE_TEXT, &region);
  return code;
}

static const void *get_extension(crmk_plugin_str id) {
  static const crmk_plugin_hook on_rights = {sizeof(crmk_plugin_hook), 0, rights};
  static const crmk_plugin_hook on_validate = {sizeof(crmk_plugin_hook), 0, validate};
  if (is(id, CRMK_PLUGIN_EXT_RIGHTS)) return &on_rights;
  if (is(id, CRMK_PLUGIN_EXT_VALIDATE)) return &on_validate;
  return NULL;
}

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host) {
  static const crmk_plugin plugin = {sizeof(crmk_plugin),
                                     CRMK_PLUGIN_MAGIC,
                                     CRMK_PLUGIN_ABI_MAJOR,
                                     CRMK_PLUGIN_ABI_MINOR,
                                     {(const uint8_t *)"test.discreet", 13},
                                     {(const uint8_t *)"1.0.0", 5},
                                     init,
                                     NULL,
                                     get_extension};
  (void)host;
  return &plugin;
}

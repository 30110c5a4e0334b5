// A plugin whose hook lets an exception out, which no plugin may: the process ends.
#include "crmkernel_plugin.h"

#include <cstring>
#include <stdexcept>

namespace {

crmk_plugin_str text(const char *literal) { return {reinterpret_cast<const uint8_t *>(literal), std::strlen(literal)}; }

int32_t validate(void *, const crmk_plugin_change *, const crmk_plugin_sink *) { throw std::runtime_error("let out"); }

int32_t init(const crmk_plugin_host *, void **) { return CRMK_PLUGIN_OK; }

const void *get_extension(crmk_plugin_str id) {
  static const crmk_plugin_hook hook = {sizeof(crmk_plugin_hook), 0, validate};
  const auto wanted = text(CRMK_PLUGIN_EXT_VALIDATE);
  return id.len == wanted.len && std::memcmp(id.data, wanted.data, id.len) == 0 ? &hook : nullptr;
}

}  // namespace

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *) {
  static const crmk_plugin plugin = {sizeof(crmk_plugin),   CRMK_PLUGIN_MAGIC, CRMK_PLUGIN_ABI_MAJOR,
                                     CRMK_PLUGIN_ABI_MINOR, text("test.throwing"), text("1.0.0"),
                                     init,                  nullptr,           get_extension};
  return &plugin;
}

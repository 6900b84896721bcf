/// Stands in for the vendor's library of the session archive, with the same exported symbols. The secret (or KOI_FINANCE_DATA) is a folder: `chat.ndjson`
/// has a line a message, {"seq", "publickey_ver", "message": {…}}, and N.pem is the public key of version N. A line
/// {"fault": 10001, "times": 2} refuses so many calls. The inner cipher is this file's own.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <boost/json.hpp>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>

namespace json = boost::json;

namespace {

struct Slice { char* buf; int len; };
struct Sdk { std::string folder; int faults = 0; };

void fill(Slice* slice, const std::string& text) {
  std::free(slice->buf);
  slice->buf = static_cast<char*>(std::malloc(text.size() + 1));
  std::memcpy(slice->buf, text.c_str(), text.size() + 1);
  slice->len = static_cast<int>(text.size());
}

std::string coded(const std::string& bytes) {
  std::string out(bytes.size() * 2 + 8, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

std::string sealed_for(const std::string& pem_path, const std::string& text) {
  EVP_PKEY* key = nullptr;
  if (FILE* file = std::fopen(pem_path.c_str(), "r")) {
    key = PEM_read_PUBKEY(file, nullptr, nullptr, nullptr);
    std::fclose(file);
  }
  if (!key) key = EVP_RSA_gen(2048u);  // nobody's
  EVP_PKEY_CTX* op = EVP_PKEY_CTX_new(key, nullptr);
  std::string out(512, '\0');
  std::size_t n = out.size();
  if (EVP_PKEY_encrypt_init(op) == 1 && EVP_PKEY_CTX_set_rsa_padding(op, RSA_PKCS1_PADDING) == 1)
    EVP_PKEY_encrypt(op, reinterpret_cast<unsigned char*>(out.data()), &n, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  out.resize(n);
  EVP_PKEY_CTX_free(op);
  EVP_PKEY_free(key);
  return out;
}

/// "koi1" and the text, mixed with the key, in hex.
std::string mixed(const std::string& key, const std::string& text) {
  static constexpr char kHex[] = "0123456789abcdef";
  const auto plain = "koi1" + text;
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto b = static_cast<unsigned char>(plain[i] ^ key[i % key.size()]);
    out += kHex[b >> 4], out += kHex[b & 15];
  }
  return out;
}
bool unmixed(const std::string& key, const std::string& box, std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i + 1 < box.size(); i += 2)
    plain += static_cast<char>(std::strtol(box.substr(i, 2).c_str(), nullptr, 16) ^ key[(i / 2) % key.size()]);
  if (!plain.starts_with("koi1")) return false;
  text = plain.substr(4);
  return true;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void* NewSdk() { return new Sdk; }
__attribute__((visibility("default"))) void DestroySdk(void* sdk) { delete static_cast<Sdk*>(sdk); }
__attribute__((visibility("default"))) int Init(void* sdk, const char* corp, const char* secret) {
  const char* given = std::getenv("KOI_FINANCE_DATA");
  const std::string folder = given ? given : secret;
  if (!*corp || !std::ifstream(folder + "/chat.ndjson")) return 10000;
  static_cast<Sdk*>(sdk)->folder = folder;
  return 0;
}
__attribute__((visibility("default"))) Slice* NewSlice() { return new Slice{nullptr, 0}; }
__attribute__((visibility("default"))) void FreeSlice(Slice* slice) { std::free(slice->buf), delete slice; }
__attribute__((visibility("default"))) char* GetContentFromSlice(Slice* slice) { return slice->buf; }
__attribute__((visibility("default"))) int GetSliceLen(Slice* slice) { return slice->len; }

__attribute__((visibility("default"))) int GetChatData(void* handle, unsigned long long seq, unsigned int limit, const char*, const char*, int, Slice* out) {
  auto& sdk = *static_cast<Sdk*>(handle);
  if (limit > 1000) return 10000;
  std::ifstream file(sdk.folder + "/chat.ndjson");
  json::array items;
  for (std::string line; std::getline(file, line) && items.size() < limit;) {
    if (line.empty()) continue;
    const auto o = json::parse(line).as_object();
    if (o.contains("fault")) {
      if (sdk.faults < o.at("times").to_number<int>()) return ++sdk.faults, o.at("fault").to_number<int>();
      continue;
    }
    const auto at = o.at("seq").to_number<std::uint64_t>();
    if (at <= seq) continue;
    const auto version = o.at("publickey_ver").to_number<int>();
    const auto key = "key-of-" + std::to_string(at);
    const auto text = o.at("message").is_string() ? std::string(o.at("message").get_string()) : json::serialize(o.at("message"));
    const auto msgid = o.at("message").is_object() ? o.at("message").at("msgid") : json::value("broken");
    items.push_back({{"seq", at}, {"msgid", msgid}, {"publickey_ver", version},
                     {"encrypt_random_key", coded(sealed_for(sdk.folder + "/" + std::to_string(version) + ".pem", key))},
                     {"encrypt_chat_msg", mixed(o.contains("spoilt") ? "other" : key, text)}});
  }
  fill(out, json::serialize(json::object{{"errcode", 0}, {"errmsg", "ok"}, {"chatdata", std::move(items)}}));
  return 0;
}

__attribute__((visibility("default"))) int DecryptData(const char* key, const char* message, Slice* out) {
  std::string text;
  if (!*key || !unmixed(key, message, text)) return 10006;
  fill(out, text);
  return 0;
}

}  // extern "C"

#include "connect/wecom/archive/finance.h"

#include <dlfcn.h>

#include <filesystem>

namespace koi::connect::wecom {

namespace {

/// As the vendor's header lays it out.
struct Slice { char* buf; int len; };
constexpr int kWaitSeconds = 30;

std::unexpected<Error> refused(int code) {
  const auto detail = std::to_string(code);
  if (code >= 10001 && code <= 10003) return fail(Errc::unavailable, "connect.archive_busy", detail);
  if (code == 10009 || code == 301042) return fail(Errc::forbidden, "connect.archive_ip", detail);
  if (code == 10010 || code == 301052) return fail(Errc::invalid, "connect.archive_expired", detail);
  return fail(Errc::invalid, "connect.archive_refused", detail);
}

struct CloseLibrary { void operator()(void* library) const { dlclose(library); } };

class Loaded final : public Finance {
 public:
  static Result<std::unique_ptr<Finance>> open(const std::string& path, const std::string& corp, const std::string& secret) {
    std::unique_ptr<Loaded> out(new Loaded);
    out->library_.reset(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!out->library_) {
      const char* why = dlerror();
      return fail(Errc::invalid, "connect.archive_wrong_library", why ? why : path);
    }
    TRY(out->find("NewSdk", out->new_sdk_));
    TRY(out->find("DestroySdk", out->destroy_sdk_));
    TRY(out->find("Init", out->init_));
    TRY(out->find("GetChatData", out->get_chat_data_));
    TRY(out->find("DecryptData", out->decrypt_data_));
    TRY(out->find("NewSlice", out->new_slice_));
    TRY(out->find("FreeSlice", out->free_slice_));
    TRY(out->find("GetContentFromSlice", out->content_));
    TRY(out->find("GetSliceLen", out->length_));
    out->sdk_ = out->new_sdk_();
    const int began = out->sdk_ ? out->init_(out->sdk_, corp.c_str(), secret.c_str()) : 10003;
    if (began != 0) return fail(Errc::invalid, "connect.archive_init", std::to_string(began));
    return out;
  }
  ~Loaded() override {
    if (sdk_) destroy_sdk_(sdk_);
  }

  Result<std::string> chat_data(std::uint64_t seq, unsigned limit) override {
    const Piece piece(*this);
    const int code = get_chat_data_(sdk_, seq, limit, "", "", kWaitSeconds, piece.slice);
    if (code != 0) return refused(code);
    return piece.text();
  }
  Result<std::string> open(const std::string& key, const std::string& message) override {
    const Piece piece(*this);
    const int code = decrypt_data_(key.c_str(), message.c_str(), piece.slice);
    if (code != 0) return fail(Errc::malformed, "connect.archive_decrypt", std::to_string(code));
    return piece.text();
  }

 private:
  Loaded() = default;
  struct Piece {
    explicit Piece(Loaded& of) : of_(of), slice(of.new_slice_()) {}
    ~Piece() { of_.free_slice_(slice); }
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;
    std::string text() const {
      const char* at = of_.content_(slice);
      const int n = of_.length_(slice);
      return at && n > 0 ? std::string(at, static_cast<std::size_t>(n)) : std::string();
    }
    Loaded& of_;
    Slice* slice;
  };
  template <class F>
  Result<> find(const char* name, F& to) {
    to = reinterpret_cast<F>(dlsym(library_.get(), name));
    return to ? Result<>{} : fail(Errc::invalid, "connect.archive_symbol", name);
  }

  std::unique_ptr<void, CloseLibrary> library_;  // outlives the sdk, which is destroyed in the destructor's body
  void* sdk_ = nullptr;
  void* (*new_sdk_)() = nullptr;
  void (*destroy_sdk_)(void*) = nullptr;
  int (*init_)(void*, const char*, const char*) = nullptr;
  int (*get_chat_data_)(void*, unsigned long long, unsigned int, const char*, const char*, int, Slice*) = nullptr;
  int (*decrypt_data_)(const char*, const char*, Slice*) = nullptr;
  Slice* (*new_slice_)() = nullptr;
  void (*free_slice_)(Slice*) = nullptr;
  char* (*content_)(Slice*) = nullptr;
  int (*length_)(Slice*) = nullptr;
};

}  // namespace

Result<> check_library_path(const std::string& path) {
  if (path.empty() || path.size() > 1000 || path.front() != '/') return fail(Errc::invalid, "connect.archive_path", path, "/library");
  return {};
}

Result<std::unique_ptr<Finance>> open_finance(const std::string& path, const std::string& corp_id, const std::string& secret) {
  TRY(check_library_path(path));
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) return fail(Errc::invalid, "connect.archive_no_library", path);
  return Loaded::open(path, corp_id, secret);
}

}  // namespace koi::connect::wecom

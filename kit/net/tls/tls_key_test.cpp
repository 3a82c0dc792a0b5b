#include "kit/net/tls/tls_handles.hpp"
#include "kit/net/tls_fixture.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <gmock/gmock.h>

namespace tw::net {
namespace {

using test::CertificateFolder;
using testing::AllOf;
using testing::HasSubstr;

std::string text_of(BIO& bio) {
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

KeyHandle make_key(const std::string& type) {
    if (type == "RSA") return KeyHandle{EVP_RSA_gen(2048)};
    if (type == "EC") return KeyHandle{EVP_EC_gen("P-256")};
    return KeyHandle{EVP_PKEY_Q_keygen(nullptr, nullptr, type.c_str())};
}

/// Makes a self-signed certificate and its key.
TlsPem make_pair(const std::string& type) {
    const auto key = make_key(type);
    const CertificateHandle certificate{X509_new()};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    auto* const name = X509_get_subject_name(certificate.get());
    const auto* const common_name = reinterpret_cast<const unsigned char*>(type.c_str());
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, common_name, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_set_pubkey(certificate.get(), key.get());
    EXPECT_GT(X509_sign(certificate.get(), key.get(), type == "ED25519" ? nullptr : EVP_sha256()), 0);
    const BioHandle first{BIO_new(BIO_s_mem())};
    const BioHandle second{BIO_new(BIO_s_mem())};
    EXPECT_EQ(PEM_write_bio_X509(first.get(), certificate.get()), 1);
    EXPECT_EQ(PEM_write_bio_PrivateKey(second.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
    return {.certificate = text_of(*first), .key = text_of(*second)};
}

/// A pair of files whose certificate and key have the types that the parameter names.
struct KeyTypes : testing::TestWithParam<std::pair<std::string, std::string>> {
    CertificateFolder folder;
    TlsKeyFiles files{.certificate = folder.path("a.pem"), .key = folder.path("a.key")};
    TlsPem ours = make_pair(GetParam().first);
    TlsPem other = make_pair(GetParam().second);

    void put_certificate(const TlsPem& pair) { folder.write("a.pem", pair.certificate); }
    void put_key(const TlsPem& pair) { folder.write("a.key", pair.key); }
};

TEST_P(KeyTypes, a_key_of_another_certificate_is_refused_with_both_files) {
    put_certificate(ours);
    put_key(other);
    const auto server = TlsContext::make_server({.identities = {files}});
    const auto client = TlsContext::make_client({.identity = files});
    ASSERT_FALSE(server);
    ASSERT_FALSE(client);
    for (const auto& error : {server.error(), client.error()}) {
        EXPECT_EQ(error.reason(), "TLS_FILES");
        EXPECT_THAT(error.detail(), AllOf(HasSubstr(files.key), HasSubstr(files.certificate), HasSubstr("does not belong"),
                                          HasSubstr(GetParam().first), HasSubstr(GetParam().second)));
    }
}

TEST_P(KeyTypes, a_renewal_in_any_order_keeps_the_former_pair_until_both_files_fit) {
    for (const bool key_first : {true, false}) {
        put_certificate(ours);
        put_key(ours);
        const auto server = TlsContext::make_server({.identities = {files}}).value();
        key_first ? put_key(other) : put_certificate(other);
        const auto half = server->refresh();
        ASSERT_FALSE(half);
        EXPECT_EQ(half.error().reason(), "TLS_FILES");
        EXPECT_EQ(server->certificates().front().subject, "CN=" + GetParam().first);
        EXPECT_EQ(server->refresh().value(), TlsContext::Refresh::still_bad);
        key_first ? put_certificate(other) : put_key(other);
        EXPECT_EQ(server->refresh().value(), TlsContext::Refresh::reloaded);
        EXPECT_EQ(server->certificates().front().subject, "CN=" + GetParam().second);
    }
}

INSTANTIATE_TEST_SUITE_P(all, KeyTypes,
                         testing::Values(std::pair{"EC", "RSA"}, std::pair{"RSA", "EC"}, std::pair{"EC", "ED25519"},
                                         std::pair{"ED25519", "RSA"}, std::pair{"RSA", "RSA"}, std::pair{"EC", "EC"}));

TEST(TlsKeys, a_key_with_a_password_is_refused) {
    CertificateFolder folder;
    auto files = folder.issue("a", {"a"});
    const auto key = make_key("EC");
    const BioHandle bio{BIO_new(BIO_s_mem())};
    char password[] = "secret";
    ASSERT_EQ(PEM_write_bio_PrivateKey(bio.get(), key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, password), 1);
    folder.write("a.key", text_of(*bio));
    const auto made = TlsContext::make_server({.identities = {files}});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().detail(), HasSubstr(files.key));
}

TEST(TlsKeys, a_folder_in_the_place_of_a_file_is_named) {
    CertificateFolder folder;
    auto files = folder.issue("a", {"a"});
    std::filesystem::create_directory(folder.path("folder"));
    files.key = folder.path("folder");
    const auto made = TlsContext::make_server({.identities = {files}});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().detail(), AllOf(HasSubstr(files.key), HasSubstr("this is a folder")));
}

}  // namespace
}  // namespace tw::net

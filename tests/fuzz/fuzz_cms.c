/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealed file as it comes, for a key that is not the sealer's; else (what does not begin as one)
 * the input is sealed for a key of ours, and opens to the same bytes, unless it is ASN.1, which is
 * taken for a signed message.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#include "credhelper/cms.h"
#include "tests/fuzz/text.h"

#define BEGIN "-----BEGIN CMS-----"

/* Of no use but here. Valid to 2126. */
static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\n"
			      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgc8m0FAmxvuwl0eW2\n"
			      "0BV44gZRzxS0RNV6Vf+cAQxzu5GhRANCAASCpKfC4k705hXyZu7JeOWeokhybAUk\n"
			      "eBbxbkEv0LNHoXRg5ZzRkhscszPrH+4k/Jmor1eW2EBooJNHk9VkQGgq\n"
			      "-----END PRIVATE KEY-----\n";
static const char certificate_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBdTCCARugAwIBAgIUZoDpjpBPoDnj1AIhWQqaE+oA19YwCgYIKoZIzj0EAwIw\n"
	"DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjgxNDUxMDBaGA8yMTI2MTEwNDE0NTEw\n"
	"MFowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIKk\n"
	"p8LiTvTmFfJm7sl45Z6iSHJsBSR4FvFuQS/Qs0ehdGDlnNGSGxyzM+sf7iT8maiv\n"
	"V5bYQGigk0eT1WRAaCqjUzBRMB0GA1UdDgQWBBRblRKGujtCYGeHsMVTMDCnRdKi\n"
	"gTAfBgNVHSMEGDAWgBRblRKGujtCYGeHsMVTMDCnRdKigTAPBgNVHRMBAf8EBTAD\n"
	"AQH/MAoGCCqGSM49BAMCA0gAMEUCIA0T4Yo3yX43DlsK/HOYMXMxnxFV7ecKV6U4\n"
	"xmAl6ARGAiEA0D4ACKGxF2800VWkMxZreXkfACkzJBKpbS44GtZbb7k=\n"
	"-----END CERTIFICATE-----\n";

/* cms_seal() takes files. */
static void certificate_file(struct strings *recipients)
{
	static FILE *file;

	if (!file) {
		file = tmpfile();
		fuzz_assert(file && fputs(certificate_pem, file) >= 0 && fflush(file) == 0);
	}
	rewind(file);
	strings_take(recipients, xasprintf("/dev/fd/%d", fileno(file)));
}

static void add_key(struct secret *key)
{
	secret_set(key, key_pem, strlen(key_pem));
}

static void try_message(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_strings lines = { 0 };
	scoped_secret content = { 0 };
	scoped_secret key = { 0 };
	scoped_buf message;

	add_key(&key);
	buf_init(&message, SIZE_MAX);
	buf_add(&message, data, size);
	int rc = cms_recipients(&message, &lines, &err);

	fuzz_assert((rc < 0) == error_is_set(&err) && (rc < 0 || lines.count));
	error_clear(&err);
	int opened = cms_open(&message, &key, NULL, &content, &err);

	fuzz_assert((opened < 0) == error_is_set(&err) && (opened < 0 || rc == 0));
	error_clear(&err);
	secret_release(&content);
	/* Nobody's signature is the recipient's own. */
	scoped_secret trusted = { 0 };

	secret_set(&trusted, certificate_pem, strlen(certificate_pem));
	fuzz_assert(cms_open(&message, &key, &trusted, &content, &err) < 0);
}

static void try_content(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_strings recipients = { 0 };
	scoped_secret content = { 0 };
	scoped_secret opened = { 0 };
	scoped_secret key = { 0 };
	scoped_buf message;

	add_key(&key);
	certificate_file(&recipients);
	secret_set(&content, data, size);
	buf_init(&message, SIZE_MAX);
	fuzz_assert(cms_seal(&content, &recipients, NULL, &message, &err) == 0);
	int rc = cms_open(&message, &key, NULL, &opened, &err);

	if (size && data[0] == 0x30)
		fuzz_assert((rc < 0) == error_is_set(&err));
	else
		fuzz_assert(rc == 0 && secret_equal(&content, &opened));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= strlen(BEGIN) && memcmp(data, BEGIN, strlen(BEGIN)) == 0)
		try_message(data, size);
	else
		try_content(data, size);
	return 0;
}

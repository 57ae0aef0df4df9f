/* SPDX-License-Identifier: Apache-2.0 */
#include "fund_load/store_key.h"

#include <stdbool.h>
#include <string.h>

#include "fund_load/sha256.h"
#include "support/test.h"

static void expect_hash(const char *text, size_t length, const char *want) {
	unsigned char digest[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	sha256(text, length, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	expect_str(hex, want);
}

START_TEST(sha256_is_the_standards)
{
	char million[1000];

	expect_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(million, 'a', sizeof(million));
	expect_hash(million, 64,
		    "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}
END_TEST

static bool same(const struct store_key *a, const struct store_key *b) {
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
}

START_TEST(keys_differ_where_what_they_stand_for_does)
{
	char id[600];
	struct store_key a, b;

	memset(id, '1', sizeof(id));
	for (size_t length = 490; length < sizeof(id); length++) {
		store_key_make(&a, STORE_DAY, -1, id, length);
		store_key_make(&b, STORE_DAY, -1, id, length);
		expect(same(&a, &b));
		expect(a.length >= 1 && a.length <= 511);
		store_key_make(&b, STORE_WEEK, -1, id, length);
		expect(!same(&a, &b));
		store_key_make(&b, STORE_DAY, 1, id, length);
		expect(!same(&a, &b));
		store_key_make(&b, STORE_DAY, -1, id, length + 1);
		expect(!same(&a, &b));
		id[length - 1] = '2';
		store_key_make(&b, STORE_DAY, -1, id, length);
		expect(!same(&a, &b));
		id[length - 1] = '1';
	}
}
END_TEST

TEST_MAIN("fund_load/store_key", sha256_is_the_standards,
	  keys_differ_where_what_they_stand_for_does)

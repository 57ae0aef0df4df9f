/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/resource.h"

#include <stdlib.h>
#include <string.h>

#include "support/test.h"

static struct arena arena = ARENA_INIT;
static const struct ry_field *fields[4];

START_TEST(pairs_are_trimmed_and_decoded)
{
	expect_int(resource_parse(" a = 1 ,b=x%20y%2C,", &arena, fields, 4), 2);
	expect_str(fields[0]->name, "a");
	expect_str(fields[0]->v.string, "1");
	expect_str(fields[1]->name, "b");
	expect_str(fields[1]->v.string, "x y,");
	arena_fini(&arena);
}
END_TEST

/* OpenTelemetry specification: a value that cannot be decoded discards the whole variable. */
START_TEST(what_is_malformed_is_ignored_whole)
{
	static const char *const texts[] = {"a=1,b",	"=1", "a=%4",  "a=%zz",
					    "a=1,,b=2", "",   "a=%00", "a=1,b=2,c=3,d=4,e=5"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_int(resource_parse(texts[i], &arena, fields, 4), 0);
	arena_fini(&arena);
}
END_TEST

static const char *value_of(const struct resource *resource, const char *name) {
	for (uint32_t i = 0; i < resource->n; i++)
		if (strcmp(resource->fields[i]->name, name) == 0)
			return resource->fields[i]->v.string;
	return NULL;
}

START_TEST(the_manifest_beats_the_variable_and_the_variable_the_default)
{
	struct manifest manifest = {.scenario.name = "s"};
	struct resource resource;

	setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=env,service.version=2,team=t", 1);
	resource_make(&manifest, &arena, &resource);
	expect_str(value_of(&resource, "service.name"), "env");
	expect_str(value_of(&resource, "team"), "t");
	expect_str(value_of(&resource, "telemetry.sdk.language"), "c");
	manifest.runtime.observability.resource.service_name = "manifest";
	resource_make(&manifest, &arena, &resource);
	expect_str(value_of(&resource, "service.name"), "manifest");
	expect_str(value_of(&resource, "service.version"), "2");
	unsetenv("OTEL_RESOURCE_ATTRIBUTES");
	resource_make(&manifest, &arena, &resource);
	expect(value_of(&resource, "team") == NULL);
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("programs/resource", pairs_are_trimmed_and_decoded, what_is_malformed_is_ignored_whole,
	  the_manifest_beats_the_variable_and_the_variable_the_default)

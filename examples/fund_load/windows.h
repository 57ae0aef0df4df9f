/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The windows that evaluate_policies reads and update_windows writes, as they stand in the store.
 * Amounts have 128 bits: a multiplier of 0 lets a sum grow without a limit.
 */
#ifndef FUND_LOAD_WINDOWS_H
#define FUND_LOAD_WINDOWS_H

#include "record.h"
#include "store_key.h"

/* STORE_DAY */
struct day_window {
	int64_t attempts; /* canonical ones, accepted or not */
	int64_t reserved;
	fl_int128 accepted;
};

/* STORE_WEEK */
struct week_window {
	fl_int128 accepted;
};

/* STORE_PRIMES */
struct prime_window {
	int64_t accepted;
};

static inline void day_key(struct store_key *key, const struct fl_record *record) {
	store_key_make(key, STORE_DAY, record->day, fl_customer_id(record),
		       record->customer_id_length);
}

static inline void week_key(struct store_key *key, const struct fl_record *record) {
	store_key_make(key, STORE_WEEK, record->week, fl_customer_id(record),
		       record->customer_id_length);
}

static inline void primes_key(struct store_key *key, const struct fl_record *record) {
	store_key_make(key, STORE_PRIMES, record->day, "", 0);
}

#endif

/* A program that uses DuckDB and the extension from several threads: connections and databases come and go, queries
   are interrupted, secrets change, and databases are closed with scans under way. It ends well only if every result
   was exactly right, or interrupted where it was to be.

   host EXTENSION SECRET COUNT SUM THREADS ROUNDS */

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duckdb.h"

#define QUERY "SELECT count(*), sum(amount)::BIGINT FROM partnerstack_rewards(secret := 'host')"
#define ROWS "SELECT key, amount, raw FROM partnerstack_rewards(secret := 'host')"

static const char *extension, *secret;
static long long count, sum;
static int rounds;
static duckdb_database shared;

static pthread_mutex_t outcomes = PTHREAD_MUTEX_INITIALIZER;
static int right, interrupted, closed;

static void fail(const char *format, ...) {
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static void note(int *outcome) {
	pthread_mutex_lock(&outcomes);
	++*outcome;
	pthread_mutex_unlock(&outcomes);
}

static void run(duckdb_connection connection, const char *sql) {
	duckdb_result result;
	if (duckdb_query(connection, sql, &result) != DuckDBSuccess) {
		fail("%s: %s", sql, duckdb_result_error(&result));
	}
	duckdb_destroy_result(&result);
}

static duckdb_connection connect_to(duckdb_database database) {
	duckdb_connection connection;
	if (duckdb_connect(database, &connection) != DuckDBSuccess) {
		fail("no connection");
	}
	return connection;
}

static duckdb_database open_database(void) {
	duckdb_config config;
	duckdb_database database;
	char *error = NULL;
	char load[4096];
	duckdb_create_config(&config);
	duckdb_set_config(config, "allow_unsigned_extensions", "true");
	duckdb_set_config(config, "threads", "2");
	if (duckdb_open_ext(":memory:", &database, config, &error) != DuckDBSuccess) {
		fail("no database: %s", error);
	}
	duckdb_destroy_config(&config);
	duckdb_connection connection = connect_to(database);
	snprintf(load, sizeof load, "LOAD '%s'", extension);
	run(connection, load);
	run(connection, "SET GLOBAL partnerstack_rate_limit = 10000");
	run(connection, secret);
	duckdb_disconnect(&connection);
	return database;
}

/* Asks, and compares. */
static void ask(duckdb_connection connection, int may_be_interrupted) {
	duckdb_result result;
	if (duckdb_query(connection, QUERY, &result) == DuckDBSuccess) {
		long long rows = duckdb_value_int64(&result, 0, 0), total = duckdb_value_int64(&result, 1, 0);
		if (rows != count || total != sum) {
			fail("%lld rows with a sum of %lld, where there are %lld with %lld", rows, total, count, sum);
		}
		note(&right);
	} else if (may_be_interrupted && duckdb_result_error_type(&result) == DUCKDB_ERROR_INTERRUPT) {
		note(&interrupted);
	} else {
		fail("%s", duckdb_result_error(&result));
	}
	duckdb_destroy_result(&result);
}

struct interruption {
	duckdb_connection connection;
	useconds_t after;
};

static void *interrupt(void *argument) {
	struct interruption *interruption = argument;
	usleep(interruption->after);
	duckdb_interrupt(interruption->connection);
	return NULL;
}

static void ask_and_interrupt(useconds_t after) {
	duckdb_connection connection = connect_to(shared);
	struct interruption interruption = {connection, after};
	pthread_t thread;
	pthread_create(&thread, NULL, interrupt, &interruption);
	ask(connection, 1);
	pthread_join(thread, NULL);
	duckdb_disconnect(&connection);
}

static void change_secrets(int thread) {
	char sql[256];
	duckdb_connection connection = connect_to(shared);
	snprintf(sql, sizeof sql, "CREATE OR REPLACE SECRET other_%d (TYPE partnerstack, API_KEY 'unused')", thread);
	run(connection, sql);
	snprintf(sql, sizeof sql, "DROP SECRET other_%d", thread);
	ask(connection, 0);
	run(connection, sql);
	duckdb_disconnect(&connection);
}

/* Closes a database of its own after some tasks of a query, or after the first rows of its result. */
static void close_under_way(int tasks) {
	duckdb_database database = open_database();
	duckdb_connection connection = connect_to(database);
	duckdb_prepared_statement statement;
	duckdb_pending_result pending;
	duckdb_result result;
	int has_result = 0;
	if (duckdb_prepare(connection, ROWS, &statement) != DuckDBSuccess ||
	    duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess) {
		fail("no pending query");
	}
	for (int task = 0; task < tasks; task++) {
		if (duckdb_pending_execute_task(pending) == DUCKDB_PENDING_ERROR) {
			fail("%s", duckdb_pending_error(pending));
		}
	}
	if (tasks == 0) {
		has_result = 1;
		if (duckdb_execute_pending(pending, &result) != DuckDBSuccess || !duckdb_result_is_streaming(result)) {
			fail("no streaming result: %s", duckdb_result_error(&result));
		}
		duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
		if (!chunk || duckdb_data_chunk_get_size(chunk) == 0) {
			fail("no rows");
		}
		duckdb_destroy_data_chunk(&chunk);
	}
	duckdb_close(&database);
	duckdb_disconnect(&connection);
	duckdb_destroy_pending(&pending);
	if (has_result) {
		duckdb_destroy_result(&result);
	}
	duckdb_destroy_prepare(&statement);
	note(&closed);
}

static void *work(void *argument) {
	int thread = *(int *)argument;
	unsigned seed = (unsigned)thread;
	for (int round = 0; round < rounds; round++) {
		duckdb_connection connection = connect_to(shared);
		ask(connection, 0);
		duckdb_disconnect(&connection);
		ask_and_interrupt((useconds_t)(rand_r(&seed) % 100000));
		change_secrets(thread);
		close_under_way(rand_r(&seed) % 4);
	}
	return NULL;
}

int main(int argc, char **argv) {
	if (argc != 7) {
		fail("host EXTENSION SECRET COUNT SUM THREADS ROUNDS");
	}
	extension = argv[1], secret = argv[2], count = atoll(argv[3]), sum = atoll(argv[4]), rounds = atoi(argv[6]);
	int number = atoi(argv[5]);
	pthread_t threads[64];
	int names[64];
	if (number < 1 || number > 64) {
		fail("1 to 64 threads");
	}
	shared = open_database();
	for (int thread = 0; thread < number; thread++) {
		names[thread] = thread;
		pthread_create(&threads[thread], NULL, work, &names[thread]);
	}
	for (int thread = 0; thread < number; thread++) {
		pthread_join(threads[thread], NULL);
	}
	duckdb_close(&shared);
	printf("DuckDB %s: %d right, %d interrupted, %d databases closed with a scan under way\n",
	       duckdb_library_version(), right, interrupted, closed);
	return 0;
}

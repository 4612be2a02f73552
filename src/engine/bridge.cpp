// What DuckDB offers to C++ only: secret types, secrets, whether a query was interrupted, and which it is.
//
// Nothing of DuckDB is compiled in. Every object that crosses is made, copied, printed and stored by
// the DuckDB that loaded the extension, reached through its virtual functions and through function
// pointers that it keeps itself; this file only finds them. Layouts come from the headers of exactly
// the version that the extension is built for. The Rust side is `bridge.rs`; no C++ exception leaves
// this file except towards DuckDB.

#include "duckdb/catalog/catalog_transaction.hpp"
#include "duckdb/common/types/value.hpp"
#include "duckdb/execution/executor.hpp"
#include "duckdb/main/active_query_context.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/main/capi/extension_api.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/database_manager.hpp"
#include "duckdb/main/secret/secret.hpp"
#include "duckdb/main/secret/secret_manager.hpp"
#include "duckdb/main/secret/secret_storage.hpp"
#include "duckdb/transaction/duck_transaction.hpp"
#include "duckdb/transaction/meta_transaction.hpp"
#include "duckdb/transaction/transaction.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <typeinfo>
#include <unistd.h>

#if defined(__linux__) && (!defined(__GLIBCXX__) || !_GLIBCXX_USE_CXX11_ABI)
#error "DuckDB for Linux uses libstdc++ with the C++11 ABI; compile this file with g++"
#endif

using namespace duckdb; // NOLINT

// ---- Leaf functions that DuckDB's headers declare and its containers call. They must agree with the
// host's; `CheckHost` proves it on the host's own entries before anything is stored.

namespace {

unsigned char Lower(char c) {
	auto u = static_cast<unsigned char>(c);
	return u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u;
}

unsigned char Upper(char c) {
	auto u = static_cast<unsigned char>(c);
	return u >= 'a' && u <= 'z' ? u - ('a' - 'A') : u;
}

bool SameName(const std::string &a, const std::string &b) {
	return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

bool NameBefore(const std::string &a, const std::string &b) {
	return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
	                                    [](char x, char y) { return Upper(x) < Upper(y); });
}

// Jenkins' one-at-a-time hash of the lower-case name.
uint64_t HashName(const std::string &name) {
	uint32_t hash = 0;
	for (char c : name) {
		hash += Lower(c);
		hash += hash << 10;
		hash ^= hash >> 6;
	}
	hash += hash << 3;
	hash ^= hash >> 11;
	hash += hash << 15;
	return hash;
}

} // namespace

namespace duckdb {

uint64_t StringUtil::CIHash(const string &name) {
	return HashName(name);
}
bool StringUtil::CIEquals(const string &a, const string &b) {
	return SameName(a, b);
}
bool StringUtil::CILessThan(const string &a, const string &b) {
	return NameBefore(a, b);
}
hash_t Identifier::Hash() const {
	return HashName(value);
}
bool operator==(const Identifier &a, const Identifier &b) {
	return SameName(a.GetIdentifierName(), b.GetIdentifierName());
}
bool operator<(const Identifier &a, const Identifier &b) {
	return NameBefore(a.GetIdentifierName(), b.GetIdentifierName());
}

// A value is a type, a flag, eight bytes and a counted reference: member-wise copy and destruction.
Value::Value(const Value &other) = default;
Value::~Value() = default;

extern const transaction_t MAX_TRANSACTION_ID;
const transaction_t MAX_TRANSACTION_ID = NumericLimits<transaction_t>::Maximum();

CatalogTransaction::CatalogTransaction(DatabaseInstance &instance, transaction_t id, VisibilityBound bound)
    : db(&instance), context(nullptr), transaction(nullptr), view(id, bound) {
}

} // namespace duckdb

// ---- Private members, reached as the language allows: an explicit instantiation may name them.

template <class Tag, typename Tag::Pointer Member>
struct Reveal {
	friend typename Tag::Pointer Reach(Tag) {
		return Member;
	}
};
#define REVEAL(TAG, CLASS, MEMBER, ...)                                                                                \
	struct TAG {                                                                                                       \
		typedef __VA_ARGS__ CLASS::*Pointer;                                                                           \
		friend Pointer Reach(TAG);                                                                                     \
	};                                                                                                                 \
	template struct Reveal<TAG, &CLASS::MEMBER>;

REVEAL(ManagerLock, SecretManager, manager_lock, mutex)
REVEAL(ManagerTypes, SecretManager, secret_types, identifier_map_t<SecretType>)
REVEAL(ManagerFunctions, SecretManager, secret_functions, identifier_map_t<CreateSecretFunctionSet>)
REVEAL(ManagerStorages, SecretManager, secret_storages, identifier_map_t<duckdb::unique_ptr<SecretStorage>>)
REVEAL(ManagerReady, SecretManager, initialized, atomic<bool>)
REVEAL(InstanceDatabases, DatabaseInstance, db_manager, duckdb::unique_ptr<DatabaseManager>)
using MakeApi = duckdb_ext_api_v1 (*)();
REVEAL(InstanceApi, DatabaseInstance, create_api_v1, MakeApi)
REVEAL(DatabasesSystem, DatabaseManager, system, duckdb::shared_ptr<AttachedDatabase>)
REVEAL(ContextTransaction, TransactionContext, current_transaction, duckdb::unique_ptr<MetaTransaction>)
REVEAL(ContextQuery, ClientContext, active_query, duckdb::unique_ptr<ActiveQueryContext>)
REVEAL(ExecutorCancelled, Executor, cancelled, bool)
REVEAL(TransactionLock, MetaTransaction, lock, mutex)
REVEAL(TransactionParts, MetaTransaction, transactions, reference_map_t<AttachedDatabase, TransactionReference>)

// ---- What crosses to Rust: plain data, borrowed for the length of a call.

extern "C" {

struct Text {
	const char *data;
	size_t size;
};

struct SecretParameter {
	Text name;
	bool is_boolean;
	bool is_redacted;
};

// `value` is a `duckdb_v2_value_handle`, null when the option was SQL NULL.
struct SecretOption {
	Text name;
	const void *value;
};

struct SecretRequest {
	Text provider;
	const SecretOption *options;
	size_t option_count;
	const Text *scopes;
	size_t scope_count;
};

typedef void (*PutText)(void *sink, Text text);
typedef void (*PutPair)(void *sink, Text key, Text value);
typedef void (*PutOption)(void *sink, Text key, const void *value);

struct SecretSpec {
	Text type;
	const Text *providers; // the first one is the default
	size_t provider_count;
	const SecretParameter *parameters;
	size_t parameter_count;
	// Puts the pairs to keep, or returns false after putting the text of an exception.
	bool (*create)(const SecretRequest *request, void *sink, PutPair keep, void *error_sink, PutText error);
};

} // extern "C"

namespace {

// The interface lives as long as the library, and so do these: one type, one host.
const SecretSpec *spec = nullptr;
create_secret_function_t host_create = nullptr;
const duckdb_ext_api_v1 *host_api = nullptr;

std::string Copy(Text text) {
	return std::string(text.data, text.size);
}
Text Borrow(const std::string &text) {
	return {text.data(), text.size()};
}
Text Borrow(const char *text) {
	return {text, strlen(text)};
}

void Wipe(std::string &text) {
	volatile char *at = &text[0];
	for (size_t i = 0; i < text.size(); i++) {
		at[i] = 0;
	}
}

// A context handle of the v2 C API is a virtual table, then the client.
ClientContext &ClientOf(void *context_handle) {
	struct Handle {
		void *virtual_table;
		ClientContext &client;
	};
	return static_cast<Handle *>(context_handle)->client;
}

// ---- Is the host laid out as the headers say?

// Reads memory that may not be mapped: `write` then fails, where a load would end the process.
bool SafeRead(const void *from, void *to, size_t size) {
	int ends[2];
	if (pipe(ends) != 0) {
		return false;
	}
	auto wanted = static_cast<ssize_t>(size);
	bool ok = write(ends[1], from, size) == wanted && read(ends[0], to, size) == wanted;
	close(ends[0]);
	close(ends[1]);
	return ok;
}

// Whether `object` has a virtual table whose type information bears this mangled name.
bool HasTypeName(const void *object, const char *name) {
	const char *table = nullptr, *info = nullptr, *text = nullptr;
	char found[64] = {0};
	const size_t size = strlen(name) + 1;
	return size <= sizeof(found) && SafeRead(object, &table, sizeof(table)) &&
	       SafeRead(table - sizeof(void *), &info, sizeof(info)) &&
	       SafeRead(info + sizeof(void *), &text, sizeof(text)) && SafeRead(text, found, size) &&
	       memcmp(found, name, size) == 0;
}

SecretManager &ManagerOf(DatabaseInstance &instance) {
	return *instance.config.secret_manager.get();
}

void CheckHost(SecretManager &manager) {
	if (!HasTypeName(&manager, "N6duckdb13SecretManagerE")) {
		throw std::runtime_error("this DuckDB is not laid out like the official build of the same version");
	}
	auto &types = manager.*Reach(ManagerTypes());
	for (auto &entry : types) {
		auto found = types.find(entry.first);
		if (found == types.end() || &found->second != &entry.second) {
			throw std::runtime_error("this DuckDB keeps its secret types in an unexpected form");
		}
	}
}

// ---- CREATE SECRET

struct Kept {
	vector<std::pair<std::string, std::string>> pairs;
	bool failed = false;

	~Kept() {
		for (auto &pair : pairs) {
			Wipe(pair.second);
		}
	}
	static void Put(void *sink, Text key, Text value) noexcept {
		auto &kept = *static_cast<Kept *>(sink);
		try {
			kept.pairs.emplace_back(Copy(key), Copy(value));
		} catch (...) {
			kept.failed = true;
		}
	}
};

void PutString(void *sink, Text text) noexcept {
	try {
		*static_cast<std::string *>(sink) = Copy(text);
	} catch (...) { // out of memory: the empty text says less, and is still an error
	}
}

void Decide(const CreateSecretInput &input, Kept &kept) {
	vector<SecretOption> options;
	for (auto &option : input.options) {
		options.push_back({Borrow(option.first), option.second.IsNull() ? nullptr : &option.second});
	}
	vector<Text> scopes;
	for (auto &scope : input.scope) {
		scopes.push_back(Borrow(scope));
	}
	SecretRequest request {Borrow(input.provider.GetIdentifierName()), options.data(), options.size(), scopes.data(),
	                       scopes.size()};
	std::string error;
	if (!spec->create(&request, &kept, Kept::Put, &error, PutString) || kept.failed) {
		throw std::runtime_error(error);
	}
}

// The host's own provider makes the secret, so that printing, storing and copying it are the host's.
duckdb::unique_ptr<BaseSecret> CreateSecret(ClientContext &client, CreateSecretInput &input) {
	Kept kept;
	Decide(input, kept);
	auto secret = host_create(client, input);
	auto &pairs = *static_cast<KeyValueSecret *>(secret.get());
	pairs.secret_map.clear();
	pairs.redact_keys.clear();
	for (auto &pair : kept.pairs) {
		auto value = host_api->duckdb_create_varchar_length(pair.second.data(), pair.second.size());
		pairs.secret_map.emplace(Identifier(pair.first), *reinterpret_cast<Value *>(value));
		host_api->duckdb_destroy_value(&value);
	}
	for (size_t i = 0; i < spec->parameter_count; i++) {
		if (spec->parameters[i].is_redacted) {
			pairs.redact_keys.insert(Identifier(Copy(spec->parameters[i].name)));
		}
	}
	return secret;
}

CreateSecretFunction MakeProvider(Text name, const LogicalType &varchar, const LogicalType &boolean) {
	CreateSecretFunction provider;
	provider.secret_type = Copy(spec->type);
	provider.provider = Identifier(Copy(name));
	provider.function = CreateSecret;
	for (size_t i = 0; i < spec->parameter_count; i++) {
		auto &parameter = spec->parameters[i];
		provider.named_parameters.emplace(Identifier(Copy(parameter.name)), parameter.is_boolean ? boolean : varchar);
	}
	return provider;
}

template <class Map>
auto &Entry(Map &map, const char *name) {
	auto found = map.find(Identifier(name));
	if (found == map.end()) {
		throw std::runtime_error(std::string("this DuckDB has no secret type or option named ") + name);
	}
	return found->second;
}

// Built on the type `http`, which every DuckDB has: its logical types, its way to read a stored secret.
void Register(DatabaseInstance &instance) {
	auto &manager = ManagerOf(instance);
	CheckHost(manager);
	lock_guard<mutex> guard(manager.*Reach(ManagerLock()));
	auto &types = manager.*Reach(ManagerTypes());
	auto &functions = manager.*Reach(ManagerFunctions());
	auto name = Copy(spec->type);
	if (types.find(Identifier(name)) != types.end()) {
		return;
	}
	auto &http = Entry(Entry(functions, "http").GetFunctions(), "config");
	if (!host_create) {
		host_create = http.function;
	}
	if (!host_api) {
		host_api = new duckdb_ext_api_v1((instance.*Reach(InstanceApi()))());
	}
	CreateSecretFunctionSet providers(name);
	for (size_t i = 0; i < spec->provider_count; i++) {
		auto provider = MakeProvider(spec->providers[i], Entry(http.named_parameters, "http_proxy"),
		                             Entry(http.named_parameters, "verify_ssl"));
		providers.GetFunctions().emplace(provider.provider, provider);
	}
	SecretType type = Entry(types, "http");
	type.name = Identifier(name);
	type.default_provider = Copy(spec->providers[0]);
	type.extension = name;
	functions.emplace(Identifier(name), providers);
	types.emplace(type.name, type);
}

// ---- Finding secrets

// DuckDB opens its secret storages on first use; a query on a connection of our own makes it do so.
void OpenStorages(ClientContext &client) {
	struct Database { // class DuckDB has this one member and no virtual functions
		duckdb::shared_ptr<DatabaseInstance> instance;
	};
	static_assert(sizeof(Database) == sizeof(DuckDB), "the layout of class DuckDB has changed");
	struct { // what a v1 database handle points to
		duckdb::shared_ptr<Database> database;
	} handle;
	handle.database = make_shared_ptr<Database>();
	handle.database.get()->instance = client.db;
	duckdb_connection connection = nullptr;
	if (host_api->duckdb_connect(reinterpret_cast<duckdb_database>(&handle), &connection) != DuckDBSuccess) {
		throw std::runtime_error("DuckDB gave no connection to open its secret storages with");
	}
	duckdb_result result;
	memset(&result, 0, sizeof(result));
	std::string error;
	if (host_api->duckdb_query(connection, "SELECT count(*) FROM duckdb_secrets()", &result) != DuckDBSuccess) {
		auto text = host_api->duckdb_result_error(&result);
		error = text ? text : "DuckDB could not open its secret storages";
	}
	host_api->duckdb_destroy_result(&result);
	host_api->duckdb_disconnect(&connection);
	if (!error.empty()) {
		throw std::runtime_error(error);
	}
}

vector<SecretStorage *> StoragesOf(ClientContext &client) {
	auto &manager = ManagerOf(*client.db.get());
	if (!(manager.*Reach(ManagerReady())).load()) {
		OpenStorages(client);
	}
	lock_guard<mutex> guard(manager.*Reach(ManagerLock()));
	vector<SecretStorage *> storages;
	for (auto &entry : manager.*Reach(ManagerStorages())) {
		storages.push_back(entry.second.get());
	}
	return storages;
}

// The client's own transaction if it has one on the system catalog, so that a secret created in it is
// seen; else the latest committed state.
CatalogTransaction TransactionOf(ClientContext &client) {
	auto &instance = *client.db.get();
	CatalogTransaction result(instance, 1, VisibilityBound::Through(1));
	result.context = &client;
	auto active = (client.transaction.*Reach(ContextTransaction())).get();
	auto system = ((instance.*Reach(InstanceDatabases())).get()->*Reach(DatabasesSystem())).get();
	if (active && system) {
		lock_guard<mutex> guard(active->*Reach(TransactionLock()));
		auto &parts = active->*Reach(TransactionParts());
		auto part = parts.find(*system);
		if (part != parts.end()) {
			result.transaction = &part->second.transaction;
			result.view = part->second.transaction.GetSnapshotView();
		}
	}
	return result;
}

typedef std::unique_ptr<SecretEntry> Found;

Found FindByName(ClientContext &client, const std::string &name) {
	auto transaction = TransactionOf(client);
	Found found;
	for (auto storage : StoragesOf(client)) {
		Found entry(storage->GetSecretByName(name, &transaction).release());
		if (entry && found) {
			throw std::runtime_error("The secret name \"" + name + "\" is in more than one secret storage; drop one of them.");
		}
		if (entry) {
			found = std::move(entry);
		}
	}
	return found;
}

Found FindByScope(ClientContext &client, const std::string &path) {
	auto transaction = TransactionOf(client);
	Found best;
	int64_t best_score = NumericLimits<int64_t>::Minimum();
	for (auto storage : StoragesOf(client)) {
		if (!storage->IncludeInLookups()) {
			continue;
		}
		auto match = storage->LookupSecret(path, Copy(spec->type), &transaction);
		if (match.secret_entry.get() && match.score > best_score) {
			best_score = match.score;
			best.reset(match.secret_entry.release());
		}
	}
	return best;
}

bool IsOurs(const BaseSecret &secret) {
	return SameName(secret.GetType().GetIdentifierName(), Copy(spec->type)) &&
	       strcmp(typeid(secret).name(), "N6duckdb14KeyValueSecretE") == 0;
}

// ---- Whether a query is to stop

// A client that gives a query up, as Python does on Ctrl-C, waits for the tasks that still run.
bool IsGivenUp(ClientContext &client) {
	auto query = (client.*Reach(ContextQuery())).get();
	auto executor = query ? query->executor.get() : nullptr;
	return executor && static_cast<volatile bool &>(executor->*Reach(ExecutorCancelled()));
}

bool IsLate(ClientContext &client) {
	auto now = std::chrono::steady_clock::now().time_since_epoch();
	auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
	return client.query_deadline.IsValid() && static_cast<idx_t>(milliseconds) >= client.query_deadline.GetIndex();
}

// Runs `body`, and hands the text of what it throws to Rust.
template <class Body>
int Guarded(void *error_sink, PutText error, Body body) noexcept {
	try {
		return body();
	} catch (std::exception &exception) {
		error(error_sink, Borrow(exception.what()));
	} catch (...) {
		error(error_sink, Borrow("an unknown C++ exception"));
	}
	return -1;
}

} // namespace

// ---- The functions that Rust calls. They return 1 for yes, 0 for no, -1 for an error.

extern "C" {

int bridge_register(void *context, const SecretSpec *secret_spec, void *error_sink, PutText error) {
	return Guarded(error_sink, error, [&] {
		// Databases may load the extension at once; what is set once is then only read.
		static std::mutex loading;
		std::lock_guard<std::mutex> guard(loading);
		spec = spec ? spec : secret_spec;
		Register(*ClientOf(context).db.get());
		return 1;
	});
}

// Finds the secret named `by_name`, or if that is empty the best one for `path`. Puts its name, and its
// pairs if it is of our type (1); of another type, puts the name only (0); puts nothing if there is none.
int bridge_find(void *context, Text by_name, Text path, void *sink, PutText name, PutOption pair, void *error_sink,
                PutText error) {
	return Guarded(error_sink, error, [&] {
		auto &client = ClientOf(context);
		auto found = by_name.size ? FindByName(client, Copy(by_name)) : FindByScope(client, Copy(path));
		if (!found) {
			return 0;
		}
		auto &secret = *found->secret.get();
		name(sink, Borrow(secret.GetName().GetIdentifierName()));
		if (!IsOurs(secret)) {
			return 0;
		}
		for (auto &entry : static_cast<const KeyValueSecret &>(secret).secret_map) {
			pair(sink, Borrow(entry.first.GetIdentifierName()), &entry.second);
		}
		return 1;
	});
}

// Puts the name of every secret of our type.
int bridge_names(void *context, void *sink, PutText name, void *error_sink, PutText error) {
	return Guarded(error_sink, error, [&] {
		auto &client = ClientOf(context);
		auto transaction = TransactionOf(client);
		for (auto storage : StoragesOf(client)) {
			for (auto &entry : storage->AllSecrets(&transaction)) {
				if (IsOurs(*entry.secret.get())) {
					name(sink, Borrow(entry.secret.get()->GetName().GetIdentifierName()));
				}
			}
		}
		return 1;
	});
}

// Whether the query is to stop: on the client's word, because it gave the query up, or on a deadline.
int bridge_interrupted(void *context) {
	auto &client = ClientOf(context);
	return client.interrupt_state.load() == ClientInterruptState::INTERRUPTED || IsGivenUp(client) || IsLate(client);
}

// The number of the query that runs, which no other query of the database has.
uint64_t bridge_query(void *context) {
	auto active = (ClientOf(context).transaction.*Reach(ContextTransaction())).get();
	return active ? active->active_query.load() : NumericLimits<uint64_t>::Maximum();
}

} // extern "C"

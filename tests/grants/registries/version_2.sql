BEGIN TRANSACTION;
CREATE TABLE grants (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (typeof(id) = 'text' AND length(id) = 32),
    origin TEXT NOT NULL CHECK (typeof(origin) = 'text' AND origin <> ''),
    scopes TEXT NOT NULL CHECK (typeof(scopes) = 'text' AND scopes <> ''),
    owner TEXT NOT NULL CHECK (typeof(owner) = 'text'),
    server TEXT NOT NULL CHECK (typeof(server) = 'text' AND server <> ''),
    place TEXT NOT NULL CHECK (typeof(place) = 'text'),
    name TEXT NOT NULL CHECK (typeof(name) = 'text'),
    via TEXT NOT NULL CHECK (via IN ('command', 'connect')),
    key_id TEXT NOT NULL CHECK (typeof(key_id) = 'text' AND key_id <> ''),
    created INTEGER NOT NULL CHECK (typeof(created) = 'integer'),
    expires INTEGER NOT NULL CHECK (typeof(expires) = 'integer' AND expires > created),
    last_used INTEGER CHECK (last_used IS NULL OR typeof(last_used) = 'integer'),
    revoked INTEGER CHECK (revoked IS NULL OR typeof(revoked) = 'integer')
, folder TEXT CHECK (folder IS NULL OR (typeof(folder) = 'text' AND folder <> '')));
INSERT INTO "grants" VALUES(1,'8a1c175a0f0e3e364db03c11226dd05a','https://app.example.com','api:read config:read contents:read contents:write events:execute events:write executions:write identity:read kernels:execute kernels:read kernels:write kernelspecs:read lsp:execute lsp:read nbconvert:read nbconvert:write outputs:read outputs:write sessions:read sessions:write terminals:read','ana','any','','','connect','escherpad-006ab13b80-7cec923143d142df',1790000000,1790086400,NULL,NULL,NULL);
INSERT INTO "grants" VALUES(2,'e775f6b06fba4a64f1b0e3284ff4f06d','none','api:read contents:read identity:read kernels:read kernelspecs:read lsp:read outputs:read sessions:read terminals:read','ana','any','','backup','command','escherpad-006ab13b80-7cec923143d142df',1790000000,1790086400,NULL,NULL,NULL);
INSERT INTO "grants" VALUES(3,'46b97362b948d26d2b351934f37a33dd','https://app.example.com','contents:read','ana','any','','','command','escherpad-006ab13b80-7cec923143d142df',1790000000,1790086400,NULL,NULL,'data/raw');
INSERT INTO "grants" VALUES(4,'228a1f276b981f4e423356a6d35f16fe','none','api:read contents:read identity:read kernels:read kernelspecs:read lsp:read outputs:read sessions:read terminals:read','ana','any','','','command','escherpad-006ab13b80-7cec923143d142df',1790000000,1790086400,NULL,1790000005,NULL);
CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL CHECK (typeof(name) = 'text'),
    value TEXT NOT NULL CHECK (typeof(value) = 'text')
);
INSERT INTO "meta" VALUES('install','4ae618319836cbe044abff3d44245402');
CREATE INDEX grants_by_origin ON grants (origin, via, server, expires) WHERE revoked IS NULL;
CREATE INDEX grants_by_end ON grants (expires);
CREATE INDEX grants_by_revocation ON grants (revoked) WHERE revoked IS NOT NULL;
CREATE INDEX grants_by_key ON grants (key_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('grants',4);
COMMIT;
PRAGMA user_version = 2;

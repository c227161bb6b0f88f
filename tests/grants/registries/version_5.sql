BEGIN TRANSACTION;
CREATE TABLE blocked (owner TEXT NOT NULL CHECK (typeof(owner) = 'text'), origin TEXT NOT NULL CHECK (typeof(origin) = 'text' AND origin <> ''), PRIMARY KEY (owner, origin));
INSERT INTO "blocked" VALUES('ana','https://blocked.example');
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
, folder TEXT CHECK (folder IS NULL OR (typeof(folder) = 'text' AND folder <> '')), program TEXT CHECK (program IS NULL OR (typeof(program) = 'text' AND program <> '' AND origin = 'none')), resource TEXT CHECK (resource IS NULL OR (typeof(resource) = 'text' AND resource LIKE '/_%')));
INSERT INTO "grants" VALUES(1,'1026ed829de1f18d19ed54140270dae5','https://app.example.com','api:read config:read contents:read contents:write events:execute events:write executions:write identity:read kernels:execute kernels:read kernels:write kernelspecs:read lsp:execute lsp:read nbconvert:read nbconvert:write outputs:read outputs:write sessions:read sessions:write terminals:read','ana','any','','','connect','escherpad-006ab13b80-3135a79061efff56',1790000000,1790086400,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "grants" VALUES(2,'2d03fceb30cb2954a85e071d66eef6ca','none','api:read contents:read identity:read kernels:read kernelspecs:read lsp:read outputs:read sessions:read terminals:read','ana','any','','backup','command','escherpad-006ab13b80-3135a79061efff56',1790000000,1790086400,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "grants" VALUES(3,'5798625eb717d29b2aa1f5ba0b71c311','https://app.example.com','contents:read','ana','any','','','command','escherpad-006ab13b80-3135a79061efff56',1790000000,1790086400,NULL,NULL,'data/raw',NULL,NULL);
INSERT INTO "grants" VALUES(4,'d957298fc47a883e6df0d75a9782c4a2','none','api:read contents:read identity:read kernels:read kernelspecs:read lsp:read outputs:read sessions:read terminals:read','ana','any','','','command','escherpad-006ab13b80-3135a79061efff56',1790000000,1790086400,NULL,1790000005,NULL,NULL,NULL);
INSERT INTO "grants" VALUES(5,'95d6fbc2fc36928806e3601ee7f7dbe2','none','api:read contents:read identity:read kernels:read kernelspecs:read lsp:read outputs:read sessions:read terminals:read','ana','any','','','command','escherpad-006ab13b80-3135a79061efff56',1790000000,1790086400,NULL,NULL,NULL,'command',NULL);
CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL CHECK (typeof(name) = 'text'),
    value TEXT NOT NULL CHECK (typeof(value) = 'text')
);
INSERT INTO "meta" VALUES('install','4fa7dd8bb85a969f6dedd31a2369652b');
CREATE INDEX grants_by_origin ON grants (origin, via, server, expires) WHERE revoked IS NULL;
CREATE INDEX grants_by_end ON grants (expires);
CREATE INDEX grants_by_revocation ON grants (revoked) WHERE revoked IS NOT NULL;
CREATE INDEX grants_by_key ON grants (key_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('grants',5);
COMMIT;
PRAGMA user_version = 5;

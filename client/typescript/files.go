// Package typescript has the built TypeScript client, for the server to serve. Its
// sources are in src; "npm run build" builds it.
package typescript

import _ "embed" // of the built files

// Client is the client as one JavaScript module.
//
//go:embed dist/client.js
var Client []byte

// Declarations are its types.
//
//go:embed dist/client.d.ts
var Declarations []byte

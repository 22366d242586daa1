// Package docs holds the description of the API in Swagger 2.0, which make swag
// generates from the annotations in the code.
package docs

import _ "embed"

// Swagger is the document, as JSON. It must not be changed.
//
//go:embed swagger.json
var Swagger []byte

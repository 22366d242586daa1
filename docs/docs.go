// Package docs holds the description of the API: in OpenAPI 3.1, which make openapi makes
// of the files in the folder openapi, and in Swagger 2.0, which make swag generates from
// the annotations in the code.
package docs

import _ "embed"

// OpenAPI is the document of OpenAPI 3.1, as JSON. It must not be changed.
//
//go:embed openapi.json
var OpenAPI []byte

// Swagger is the document of Swagger 2.0, as JSON. It must not be changed.
//
//go:embed swagger.json
var Swagger []byte

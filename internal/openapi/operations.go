package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// methods are the operations that a path may have.
var methods = []string{"get", "put", "post", "delete", "patch"}

// The schemas of errors: that where an operation names no other, and that of REST.
const (
	plainFailure = "Failure"
	restFailure  = "RESTFailure"
)

// failureKey is a component for the errors of one status.
type failureKey struct {
	schema string
	status int
}

// name is the name of the component.
func (k failureKey) name() string {
	return strings.TrimSuffix(k.schema, plainFailure) + strings.ReplaceAll(http.StatusText(k.status), " ", "")
}

// expandPaths replaces the abbreviations in the operations.
func (b *builder) expandPaths() error {
	paths := at(b.doc, "paths")
	for _, path := range sorted(paths) {
		item, _ := paths[path].(object)
		for _, method := range methods {
			operation, ok := item[method].(object)
			if !ok {
				continue
			}
			if err := b.expand(operation); err != nil {
				return fmt.Errorf("%s %s: %w", strings.ToUpper(method), path, err)
			}
		}
	}
	return nil
}

// expand adds to an operation what all have: the header of answers, and errors.
func (b *builder) expand(operation object) error {
	for _, name := range []string{"operationId", "tags", "summary", "description", "responses"} {
		if operation[name] == nil {
			return fmt.Errorf("it has no %s", name)
		}
	}
	responses := at(operation, "responses")
	for _, status := range sorted(responses) {
		response := at(responses, status)
		if data := take(response, "x-data"); data != nil {
			media := at(response, "content", "application/json")
			media["schema"] = object{
				"type": "object", "required": []string{"success", "data"}, "additionalProperties": false,
				"properties": object{"success": object{"type": "boolean", "const": true}, "data": data},
			}
			media["example"] = object{"success": true, "data": take(response, "x-example")}
		}
		at(response, "headers")["X-Request-Id"] = headerRef("RequestID")
	}
	usual := plainFailure
	if name, ok := take(operation, "x-failure").(string); ok {
		usual = name
	}
	others, _ := take(operation, "x-failures").(object)
	listed, _ := take(operation, "x-errors").([]any)
	for _, name := range listed {
		codes := b.groups[fmt.Sprint(name)]
		if codes == nil {
			codes = []string{fmt.Sprint(name)}
		}
		for _, code := range codes {
			for _, status := range b.statusesOf(code, usual) {
				schema := usual
				if other, ok := others[strconv.Itoa(status)].(string); ok {
					schema = other
				}
				if status == 0 {
					return fmt.Errorf("there is no error code %s", code)
				}
				key := failureKey{schema, status}
				if !slices.Contains(b.failures[key], code) {
					b.failures[key] = append(b.failures[key], code)
				}
				responses[strconv.Itoa(status)] = object{"$ref": "#/components/responses/" + key.name()}
			}
		}
	}
	return nil
}

// statusesOf returns the statuses of an error code in errors of a schema; 0 for an unknown code.
func (b *builder) statusesOf(code, schema string) []int {
	if list := b.codes[code].REST; schema == restFailure && list != nil {
		return list
	}
	return []int{b.statuses[errcode.Code(code)]}
}

func headerRef(name string) object { return object{"$ref": "#/components/headers/" + name} }

// addFailures adds a component for the errors of each status.
func (b *builder) addFailures() error {
	for key, codes := range b.failures {
		slices.Sort(codes)
		var texts []string
		examples := object{}
		for _, code := range codes {
			texts = append(texts, "- `"+code+"`: "+b.codes[code].Means)
			examples[code] = object{"value": b.example(key, code)}
		}
		headers := object{"X-Request-Id": headerRef("RequestID")}
		switch {
		case key.status == http.StatusTooManyRequests:
			headers["Retry-After"] = headerRef("RetryAfter")
		case key.status == http.StatusUnauthorized && key.schema == restFailure:
			headers["WWW-Authenticate"] = headerRef("Authenticate")
		}
		at(b.doc, "components", "responses")[key.name()] = object{
			"description": strings.Join(texts, "\n"),
			"headers":     headers,
			"content":     object{"application/json": object{"schema": ref(key.schema), "examples": examples}},
		}
	}
	return nil
}

// example is an error with a code.
func (b *builder) example(key failureKey, code string) object {
	text := b.codes[code].Error
	const id = "K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"
	if key.schema == restFailure {
		return object{"error": key.status, "message": http.StatusText(key.status), "detail": text, "code": code, "request_id": id}
	}
	body := object{"success": false, "error": text, "code": code, "request_id": id}
	if code == string(errcode.Refused) {
		body["traps"] = []object{{"message": text}}
	}
	return body
}

package api

import "net/http"

// restRow describes an object of REST for the OpenAPI document.
//
//lint:ignore U1000 read by swag
type restRow map[string]string //	@name	restRow

// restGet reads.
//
//	@Summary		RouterOS's own REST: read a menu or a row
//	@Description	What https://ROUTER/rest/… answers, for every connected router, RouterOS 6 too. A menu with rows is an array, one row (by its id or name) and a menu without rows an object; all values are strings. Query parameters are exact filters on properties, all of which must match; .proplist is a comma-separated list of properties. It sends print and nothing else.
//	@Description	Errors have the form of the router, with the code besides. The key may be the password of Authorization: Basic, a Bearer token, or X-API-Key. See docs/rest.md.
//	@Tags			rest
//	@Produce		json
//	@Param			id			path		string		true	"router_id"
//	@Param			path		path		string		true	"menu, such as ip/address, and the id or name of a row"
//	@Param			.proplist	query		string		false	"comma-separated properties"
//	@Success		200			{array}		restRow		"the rows of a table, or one object"
//	@Failure		400			{object}	restFailure	"the router refused it (code router_refused) or did not end it in time (Session closed), or the request is malformed"
//	@Failure		401			{object}	restFailure	"the key is missing or wrong"
//	@Failure		403			{object}	restFailure	"the key does not have the role, or the command is denied by rules of the key or of the server"
//	@Failure		404			{object}	restFailure	"no row has this id (not_found), or unknown router (unknown_router)"
//	@Failure		422			{object}	restFailure	"the router refuses the login, or its certificate is not accepted"
//	@Failure		429			{object}	restFailure	"too many requests with this key or from this address, or too many commands in flight on this router; see Retry-After"
//	@Failure		500			{object}	restFailure	"the router's user lacks a policy"
//	@Failure		502			{object}	restFailure	"unreachable"
//	@Failure		503			{object}	restFailure	"shutting down, or the audit log takes no lines; nothing was sent"
//	@Failure		504			{object}	restFailure	"timed out; nothing was sent"
//	@Security		ApiKeyAuth
//	@Security		BasicAuth
//	@Router			/routers/{id}/rest/{path} [get]
func (h *handler) restGet(w http.ResponseWriter, r *http.Request) error { return h.rest(w, r) }

// restPut adds.
//
//	@Summary		RouterOS's own REST: add a row
//	@Description	Sends add and reads the row. Where it cannot be read, the answer has its .id only; where the router names none, it is an empty array.
//	@Tags			rest
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string		true	"router_id"
//	@Param			path	path		string		true	"menu, such as ip/address"
//	@Param			body	body		restRow		true	"properties; strings, numbers, booleans, null, or lists of them"
//	@Success		201		{object}	restRow		"the row; the header Location has its address"
//	@Failure		400		{object}	restFailure	"as of GET"
//	@Failure		401		{object}	restFailure	"the key is missing or wrong"
//	@Failure		403		{object}	restFailure	"as of GET"
//	@Failure		404		{object}	restFailure	"unknown router"
//	@Failure		413		{object}	restFailure	"the body is larger than 1 MiB"
//	@Failure		415		{object}	restFailure	"the body is declared as something else than JSON"
//	@Failure		422		{object}	restFailure	"as of GET"
//	@Failure		429		{object}	restFailure	"as of GET"
//	@Failure		500		{object}	restFailure	"the router's user lacks a policy"
//	@Failure		502		{object}	restFailure	"unreachable"
//	@Failure		503		{object}	restFailure	"as of GET"
//	@Failure		504		{object}	restFailure	"timed out; nothing was sent"
//	@Security		ApiKeyAuth
//	@Security		BasicAuth
//	@Router			/routers/{id}/rest/{path} [put]
func (h *handler) restPut(w http.ResponseWriter, r *http.Request) error { return h.rest(w, r) }

// restPatch changes.
//
//	@Summary		RouterOS's own REST: change a row
//	@Description	Sends set and reads the row. null and "" clear a property. A menu without rows is changed by POST …/set.
//	@Tags			rest
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string		true	"router_id"
//	@Param			path	path		string		true	"menu and id or name of the row, such as ip/address/*1"
//	@Param			body	body		restRow		true	"the properties to change"
//	@Success		200		{object}	restRow		"the row"
//	@Failure		400		{object}	restFailure	"as of GET; no row has this name"
//	@Failure		401		{object}	restFailure	"the key is missing or wrong"
//	@Failure		403		{object}	restFailure	"as of GET"
//	@Failure		404		{object}	restFailure	"no row has this id, or unknown router"
//	@Failure		413		{object}	restFailure	"the body is larger than 1 MiB"
//	@Failure		415		{object}	restFailure	"the body is declared as something else than JSON"
//	@Failure		422		{object}	restFailure	"as of GET"
//	@Failure		429		{object}	restFailure	"as of GET"
//	@Failure		500		{object}	restFailure	"the router's user lacks a policy"
//	@Failure		502		{object}	restFailure	"unreachable"
//	@Failure		503		{object}	restFailure	"as of GET"
//	@Failure		504		{object}	restFailure	"timed out; nothing was sent"
//	@Security		ApiKeyAuth
//	@Security		BasicAuth
//	@Router			/routers/{id}/rest/{path} [patch]
func (h *handler) restPatch(w http.ResponseWriter, r *http.Request) error { return h.rest(w, r) }

// restDelete removes.
//
//	@Summary	RouterOS's own REST: remove a row
//	@Tags		rest
//	@Produce	json
//	@Param		id		path	string	true	"router_id"
//	@Param		path	path	string	true	"menu and id or name of the row, such as ip/address/*1"
//	@Success	204		"removed; no body"
//	@Failure	400		{object}	restFailure	"as of GET; no row has this name"
//	@Failure	401		{object}	restFailure	"the key is missing or wrong"
//	@Failure	403		{object}	restFailure	"as of GET"
//	@Failure	404		{object}	restFailure	"no row has this id, or unknown router"
//	@Failure	422		{object}	restFailure	"as of GET"
//	@Failure	429		{object}	restFailure	"as of GET"
//	@Failure	500		{object}	restFailure	"the router's user lacks a policy"
//	@Failure	502		{object}	restFailure	"unreachable"
//	@Failure	503		{object}	restFailure	"as of GET"
//	@Failure	504		{object}	restFailure	"timed out; nothing was sent"
//	@Security	ApiKeyAuth
//	@Security	BasicAuth
//	@Router		/routers/{id}/rest/{path} [delete]
func (h *handler) restDelete(w http.ResponseWriter, r *http.Request) error { return h.rest(w, r) }

// restPost runs any command.
//
//	@Summary		RouterOS's own REST: run a command
//	@Description	The last element of the path is the command. The properties of the body are its arguments; .proplist is a list of properties and .query a list of query words without their question mark. Rows are an array, what !done has is an object, nothing at all is an empty array.
//	@Description	With Accept: application/x-ndjson or text/event-stream each row is sent when it arrives, as by POST /run, for commands that do not end by themselves and for listen.
//	@Tags			rest
//	@Accept			json
//	@Produce		json,application/x-ndjson,text/event-stream
//	@Param			id		path		string		true	"router_id"
//	@Param			path	path		string		true	"menu and command, such as interface/print"
//	@Param			body	body		restRow		false	"arguments"
//	@Success		200		{array}		restRow		"the rows, or one object"
//	@Failure		400		{object}	restFailure	"as of GET"
//	@Failure		401		{object}	restFailure	"the key is missing or wrong"
//	@Failure		403		{object}	restFailure	"as of GET"
//	@Failure		404		{object}	restFailure	"move: no row has this id; unknown router"
//	@Failure		413		{object}	restFailure	"the body is larger than 1 MiB"
//	@Failure		415		{object}	restFailure	"the body is declared as something else than JSON"
//	@Failure		422		{object}	restFailure	"as of GET"
//	@Failure		429		{object}	restFailure	"as of GET"
//	@Failure		500		{object}	restFailure	"the router's user lacks a policy"
//	@Failure		502		{object}	restFailure	"unreachable"
//	@Failure		503		{object}	restFailure	"as of GET"
//	@Failure		504		{object}	restFailure	"timed out; nothing was sent"
//	@Security		ApiKeyAuth
//	@Security		BasicAuth
//	@Router			/routers/{id}/rest/{path} [post]
func (h *handler) restPost(w http.ResponseWriter, r *http.Request) error { return h.rest(w, r) }

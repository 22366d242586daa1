package device

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// endings are the commands after which a router closes the connection, often before its
// !done: it restarts or shuts down. Those with an argument do so only if it is set.
// /system/routerboard/upgrade is none of them, it takes effect at the next restart.
// Sources: MikroTik's CLI reference; docs/errors.md has the same list, a test compares
// them.
var endings = map[string]string{
	"/system/reboot":                            "",
	"/system/shutdown":                          "",
	"/system/reset-configuration":               "",
	"/system/backup/load":                       "",
	"/system/package/downgrade":                 "",
	"/system/package/apply-changes":             "", // RouterOS 7.18
	"/system/package/update/install":            "",
	"/system/package/update/upgrade":            "", // RouterOS 6, before install
	"/system/package/local-update/download-all": "reboot-after-download",
	"/system/upgrade/download-all":              "reboot-after-download", // RouterOS 6
	"/system/device-mode/update":                "",                      // confirmed by a restart
}

// endsTheSession reports whether a router closes the connection after a command, in
// whatever spelling of its path.
func endsTheSession(args []string) bool {
	words := strings.FieldsFunc(args[0], func(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) })
	argument, ok := endings["/"+strings.ToLower(strings.Join(words, "/"))]
	if !ok || argument == "" {
		return ok
	}
	return slices.Contains(args[1:], "="+argument+"=yes") || slices.Contains(args[1:], "="+argument+"=true")
}

// hungUp reports whether the connection ended after the command was sent.
func hungUp(err error) bool {
	if err == nil || routeros.SafeToRetry(err) {
		return false
	}
	_, fatal := errors.AsType[*routeros.FatalError](err)
	link, broken := errors.AsType[*routeros.LinkError](err)
	// Who sends something else at that moment may notice it first.
	return fatal || broken && (link.Step == "read" || link.Step == "write" && !link.Timeout())
}

// lastStream is the stream of a command after which the router closes the connection.
type lastStream struct{ Stream }

// Next ends with io.EOF where the router has closed the connection.
func (s lastStream) Next(buf proto.Sentences) (rows proto.Sentences, n int, err error) {
	rows, n, err = s.Stream.Next(buf)
	if hungUp(err) {
		err = io.EOF
	}
	return rows, n, err
}

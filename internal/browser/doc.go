// Package browser contains tests in a real Chromium: of the dashboard, and of event
// streams with a plain EventSource, which reconnects by itself and shares six
// connections to a server with all tabs. It has no other code.
package browser

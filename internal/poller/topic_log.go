package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// The log is read only where it cannot be followed, and once when following
// begins: it is a buffer of a thousand lines.
var _ = register(Topic{
	Name: "log", Kind: Events, Menu: menu.Log, MinInterval: 5 * time.Second, Follow: true,
	track: func(page charset.Page) tracker { return &logLines{page: page} },
})

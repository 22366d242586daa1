package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// The log is a buffer of 1,000 lines by default, so it is read periodically only if it
// cannot be followed.
var _ = register(Topic{
	Name: "log", Kind: Events, Menu: menu.Log, MinInterval: 5 * time.Second, Listen: true,
	track: func(page charset.Page) tracker { return &logLines{page: page} },
})

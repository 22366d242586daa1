package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// Frequent reads are known to load a CCR2004.
var _ = register(Topic{Name: "health", Menu: menu.Health, MinInterval: 30 * time.Second})
